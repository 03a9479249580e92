// SPDX-License-Identifier: GPL-2.0
/*
 * The second client of an island: QEMU's `edu` device, which copies between addresses and a memory
 * of its own. It does so in its own way, one piece at a time, and takes a tenth of a second for each
 * (QEMU, docs/specs/edu.txt): a few samples in each boot are what it is good for. What it found is
 * looked at through a buffer of our own, whose address the kernel's coherent allocator gave.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include "runner.h"

#define SOURCE 0x80
#define TARGET 0x88
#define COUNT 0x90
#define COMMAND 0x98
#define RUN 1U	     /* until it is done */
#define FROM_EDU 2U  /* else to it */
#define MEMORY 0x40000U
#define MOST_BYTES 2048U /* at once; its memory has 4096, of which QEMU does not let the last be used */
#define DEADLINE (5 * HZ)
#define MOST_TRANSFERS 24U /* of a boot */
static_assert(SGP_MAX_NENTS * SGP_FEW_BYTES <= MOST_BYTES);

struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	u8 *buffer;
	dma_addr_t buffer_at;
};

static struct edu edus[SGP_ISLANDS * SGP_MAX_DEVICES];
static unsigned int edus_found, transfers;

int sgp_edu_start(struct pci_dev *pdev)
{
	struct edu *e = &edus[edus_found];

	if (edus_found == ARRAY_SIZE(edus) || pci_enable_device_mem(pdev) ||
	    dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64)))
		return -ENODEV;
	pci_set_master(pdev);
	pci_intx(pdev, 0);
	e->pdev = pdev;
	e->regs = ioremap(pci_resource_start(pdev, 0), COMMAND + sizeof(u64));
	e->buffer = dma_alloc_coherent(&pdev->dev, MOST_BYTES, &e->buffer_at, GFP_KERNEL);
	if (!e->regs || !e->buffer)
		return -ENOMEM;
	edus_found++;
	return 0;
}

static struct edu *edu_of(const struct device *dev)
{
	unsigned int i;

	for (i = 0; i < edus_found; i++)
		if (&edus[i].pdev->dev == dev)
			return &edus[i];
	return NULL;
}

/*
 * Whether the device is one that may still go through a list of so many segments, one by one in both
 * directions: two transfers each, since what it has goes through our buffer.
 */
bool sgp_edu_may(const struct device *dev, unsigned int segments)
{
	return edu_of(dev) && transfers + 4 * segments <= MOST_TRANSFERS;
}

/* QEMU takes each of these whole, and no upper half of its own: 32-bit machines stay below 4 GiB. */
static void set(struct edu *e, unsigned int offset, u64 value)
{
#ifdef CONFIG_64BIT
	writeq(value, e->regs + offset);
#else
	writel(value, e->regs + offset);
#endif
}

static int transfer(struct edu *e, u64 source, u64 target, u32 bytes, u32 direction)
{
	unsigned long end = jiffies + DEADLINE;

	transfers++;
	set(e, SOURCE, source);
	set(e, TARGET, target);
	set(e, COUNT, bytes);
	wmb(); /* the bytes are in memory before the device is told */
	writel(RUN | direction, e->regs + COMMAND);
	while (readl(e->regs + COMMAND) & RUN) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(1000, 2000);
	}
	rmb(); /* the data after the end */
	return 0;
}

/* The bytes that the device finds at these addresses, in their order. */
int sgp_edu_fetch(struct device *dev, const struct sgp_piece *pieces, unsigned int n, u8 *found)
{
	struct edu *e = edu_of(dev);
	u32 bytes = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n && !ret; bytes += pieces[i++].length)
		ret = transfer(e, pieces[i].address, MEMORY + bytes, pieces[i].length, 0);
	if (!ret)
		ret = transfer(e, MEMORY, e->buffer_at, bytes, FROM_EDU);
	memcpy(found, e->buffer, bytes);
	return ret;
}

/* Makes the device write these bytes to the addresses. */
int sgp_edu_store(struct device *dev, const struct sgp_piece *pieces, unsigned int n, const u8 *bytes)
{
	struct edu *e = edu_of(dev);
	u32 length = 0, done = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++)
		length += pieces[i].length;
	memcpy(e->buffer, bytes, length);
	ret = transfer(e, e->buffer_at, MEMORY, length, 0);
	for (i = 0; i < n && !ret; done += pieces[i++].length)
		ret = transfer(e, MEMORY + done, pieces[i].address, pieces[i].length, FROM_EDU);
	return ret;
}
