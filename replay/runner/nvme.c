// SPDX-License-Identifier: GPL-2.0
/*
 * The first client of an island: an NVMe controller. What it reads from a list goes to its disk and
 * is read back into a buffer of our own, whose address the kernel's coherent allocator gave; what it
 * shall write into a list is put on the disk the same way. Lists are handed over as SGLs, in which
 * a data block has any address and length. One command at a time, polled.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/jiffies.h>
#include <linux/nvme.h>
#include "runner.h"

#define QUEUE_DEPTH 8
#define BLOCK 512U
#define IO_QUEUE 1
#define DEADLINE (5 * HZ) /* an emulated controller answers at once, or not at all */
#define PIECES_BYTES (2 * PAGE_SIZE)
static_assert((SGP_MAX_PIECES + 1) * sizeof(struct nvme_sgl_desc) <= PIECES_BYTES);

struct queue {
	struct nvme_command *commands;
	volatile struct nvme_completion *completions;
	dma_addr_t commands_at, completions_at;
	unsigned int id, tail, head, phase;
};

struct controller {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct queue admin, io;
	struct nvme_sgl_desc *pieces; /* of the command that is under way */
	u8 *buffer;
	dma_addr_t pieces_at, buffer_at;
};

static struct controller controllers[SGP_ISLANDS];
static unsigned int controllers_found;

static void *coherent(struct controller *c, size_t size, dma_addr_t *at)
{
	return dma_alloc_coherent(&c->pdev->dev, size, at, GFP_KERNEL);
}

static bool make_queue(struct controller *c, struct queue *q, unsigned int id)
{
	q->id = id;
	q->phase = 1;
	q->commands = coherent(c, QUEUE_DEPTH * sizeof(*q->commands), &q->commands_at);
	q->completions = coherent(c, QUEUE_DEPTH * sizeof(*q->completions), &q->completions_at);
	return q->commands && q->completions;
}

static void __iomem *doorbell(struct controller *c, struct queue *q, bool completion)
{
	unsigned int stride = 4 << NVME_CAP_STRIDE(lo_hi_readq(c->regs + NVME_REG_CAP));

	return c->regs + NVME_REG_DBS + (2 * q->id + completion) * stride;
}

/* The status of the command, 0: done; negative: there was no answer. */
static int submit(struct controller *c, struct queue *q, const struct nvme_command *command)
{
	volatile struct nvme_completion *done = &q->completions[q->head];
	unsigned long end = jiffies + DEADLINE;
	u16 status;

	q->commands[q->tail] = *command;
	q->tail = (q->tail + 1) % QUEUE_DEPTH;
	wmb(); /* the command is in memory before the controller is told */
	writel(q->tail, doorbell(c, q, false));
	while ((le16_to_cpu(done->status) & 1) != q->phase) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		cpu_relax();
	}
	rmb(); /* the data after the status */
	status = le16_to_cpu(done->status) >> 1;
	q->head = (q->head + 1) % QUEUE_DEPTH;
	if (!q->head)
		q->phase ^= 1;
	writel(q->head, doorbell(c, q, true));
	return status;
}

static bool wait_ready(struct controller *c, u32 ready)
{
	unsigned long end = jiffies + DEADLINE;

	while ((readl(c->regs + NVME_REG_CSTS) & NVME_CSTS_RDY) != ready) {
		if (time_after(jiffies, end))
			return false;
		cpu_relax();
	}
	return true;
}

static bool enable(struct controller *c)
{
	writel(0, c->regs + NVME_REG_CC);
	if (!wait_ready(c, 0) || !make_queue(c, &c->admin, 0))
		return false;
	writel(~0U, c->regs + NVME_REG_INTMS); /* polled */
	writel((QUEUE_DEPTH - 1) << 16 | (QUEUE_DEPTH - 1), c->regs + NVME_REG_AQA);
	lo_hi_writeq(c->admin.commands_at, c->regs + NVME_REG_ASQ);
	lo_hi_writeq(c->admin.completions_at, c->regs + NVME_REG_ACQ);
	writel(NVME_CC_ENABLE | NVME_CC_IOSQES | NVME_CC_IOCQES, c->regs + NVME_REG_CC);
	return wait_ready(c, NVME_CSTS_RDY);
}

/* Whether the controller takes SGLs with data blocks of any alignment. */
static bool takes_lists(struct controller *c)
{
	const struct nvme_id_ctrl *id = (void *)c->buffer;
	struct nvme_command identify = {
		.identify.opcode = nvme_admin_identify,
		.identify.cns = NVME_ID_CNS_CTRL,
		.identify.dptr.prp1 = cpu_to_le64(c->buffer_at),
	};

	return !submit(c, &c->admin, &identify) && (le32_to_cpu(id->sgls) & 3) == 1;
}

static bool make_io_queue(struct controller *c)
{
	struct nvme_command cq = {
		.create_cq.opcode = nvme_admin_create_cq,
		.create_cq.cqid = cpu_to_le16(IO_QUEUE),
		.create_cq.qsize = cpu_to_le16(QUEUE_DEPTH - 1),
		.create_cq.cq_flags = cpu_to_le16(NVME_QUEUE_PHYS_CONTIG),
	};
	struct nvme_command sq = {
		.create_sq.opcode = nvme_admin_create_sq,
		.create_sq.sqid = cpu_to_le16(IO_QUEUE),
		.create_sq.qsize = cpu_to_le16(QUEUE_DEPTH - 1),
		.create_sq.sq_flags = cpu_to_le16(NVME_QUEUE_PHYS_CONTIG),
		.create_sq.cqid = cpu_to_le16(IO_QUEUE),
	};

	if (!make_queue(c, &c->io, IO_QUEUE))
		return false;
	cq.create_cq.prp1 = cpu_to_le64(c->io.completions_at);
	sq.create_sq.prp1 = cpu_to_le64(c->io.commands_at);
	return !submit(c, &c->admin, &cq) && !submit(c, &c->admin, &sq);
}

/* Takes a controller into use; its queues stay where they are for as long as the machine runs. */
int sgp_nvme_start(struct pci_dev *pdev)
{
	struct controller *c = &controllers[controllers_found];

	c->pdev = pdev;
	if (controllers_found == SGP_ISLANDS || pci_enable_device_mem(pdev) ||
	    dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64)))
		return -ENODEV;
	pci_set_master(pdev);
	pci_intx(pdev, 0);
	c->regs = ioremap(pci_resource_start(pdev, 0), pci_resource_len(pdev, 0));
	c->pieces = coherent(c, PIECES_BYTES, &c->pieces_at);
	c->buffer = coherent(c, SGP_MAX_TRANSFER, &c->buffer_at);
	if (!c->regs || !c->pieces || !c->buffer)
		return -ENOMEM;
	if (!enable(c) || !takes_lists(c) || !make_io_queue(c))
		return -EIO;
	controllers_found++;
	return 0;
}

static struct controller *controller_of(const struct device *dev)
{
	unsigned int i;

	for (i = 0; i < controllers_found; i++)
		if (&controllers[i].pdev->dev == dev)
			return &controllers[i];
	return NULL;
}

bool sgp_is_nvme(const struct device *dev)
{
	return controller_of(dev) != NULL;
}

static struct nvme_sgl_desc data_block(u64 address, u32 length)
{
	return (struct nvme_sgl_desc){ .addr = cpu_to_le64(address),
				       .length = cpu_to_le32(length),
				       .type = NVME_SGL_FMT_DATA_DESC << 4 };
}

/* One command for the blocks from 0 on; the data is where `data` says. */
static int command(struct controller *c, u8 opcode, u32 bytes, struct nvme_sgl_desc data)
{
	struct nvme_command rw = {
		.rw.opcode = opcode,
		.rw.flags = NVME_CMD_SGL_METABUF,
		.rw.nsid = cpu_to_le32(1),
		.rw.dptr.sgl = data,
		.rw.length = cpu_to_le16(DIV_ROUND_UP(bytes, BLOCK) - 1),
	};

	return submit(c, &c->io, &rw);
}

/* The same for our own buffer. */
static int own(struct controller *c, u8 opcode, u32 bytes)
{
	return command(c, opcode, bytes, data_block(c->buffer_at, round_up(bytes, BLOCK)));
}

/* The same for a list; what is missing to whole blocks goes from and to our own buffer's end. */
static int list(struct controller *c, u8 opcode, const struct sgp_piece *pieces, unsigned int n,
		u32 bytes)
{
	u32 rest = round_up(bytes, BLOCK) - bytes;
	unsigned int i;

	for (i = 0; i < n; i++)
		c->pieces[i] = data_block(pieces[i].address, pieces[i].length);
	if (rest)
		c->pieces[n++] = data_block(c->buffer_at + SGP_MAX_TRANSFER - BLOCK, rest);
	return command(c, opcode, bytes,
		       (struct nvme_sgl_desc){ .addr = cpu_to_le64(c->pieces_at),
					       .length = cpu_to_le32(n * sizeof(*c->pieces)),
					       .type = NVME_SGL_FMT_LAST_SEG_DESC << 4 });
}

static u32 bytes_of(const struct sgp_piece *pieces, unsigned int n)
{
	u32 bytes = 0;

	while (n--)
		bytes += pieces[n].length;
	return bytes;
}

/* The bytes that the controller finds at these addresses, in their order. */
int sgp_nvme_fetch(struct device *dev, const struct sgp_piece *pieces, unsigned int n, u8 *found)
{
	struct controller *c = controller_of(dev);
	u32 bytes = bytes_of(pieces, n);
	int ret = list(c, nvme_cmd_write, pieces, n, bytes);

	memset(c->buffer, 0, bytes);
	if (!ret && own(c, nvme_cmd_read, bytes))
		ret = -EIO;
	memcpy(found, c->buffer, bytes);
	return ret;
}

/* Makes the controller write these bytes to the addresses. */
int sgp_nvme_store(struct device *dev, const struct sgp_piece *pieces, unsigned int n,
		   const u8 *bytes)
{
	struct controller *c = controller_of(dev);
	u32 length = bytes_of(pieces, n);

	memcpy(c->buffer, bytes, length);
	if (own(c, nvme_cmd_write, length))
		return -EIO;
	return list(c, nvme_cmd_read, pieces, n, length);
}
