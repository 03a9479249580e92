/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailbox: memory shared by the host and the booted kernel (BAR 2 of an ivshmem-plain device; a
 * mapped file on User Mode Linux).
 * The host writes the header's first half and the scenarios; the kernel writes the second half and
 * one record per scenario. Every byte of a record is covered by a seal (XXH64) or must be zero, so
 * that whatever a broken kernel scribbles there is seen. No DMA is involved: a kernel whose
 * scatterlists are broken can still report.
 *
 * Included from kernel C, from the init program and from C++.
 */
#ifndef SGP_MAILBOX_H
#define SGP_MAILBOX_H

#include "sgp_abi.h"

#define SGP_MBOX_MAGIC 0x7367702d6d627831ULL   /* "sgp-mbx1", written by the host */
#define SGP_GUEST_MAGIC 0x7367702d67737431ULL  /* "sgp-gst1", written by the runner */
#define SGP_RECORD_MAGIC 0x7367702d72656331ULL /* "sgp-rec1" */
#define SGP_MBOX_VERSION 3ULL

/* Places on the machine that both sides know. */
#define SGP_MBOX_SLOT 0x10    /* root bus, device number of the mailbox */
#define SGP_BELL_PORT 0xe9    /* isa-debugcon: a byte says that the runner is alive, see below */
#define SGP_EXIT_PORT 0x501   /* isa-debug-exit: QEMU exits with (value << 1) | 1 */
#define SGP_EXIT_DONE 0x21    /* every scenario has a record: QEMU's exit code 67 */
#define SGP_EXIT_NO_RUNNER 0x22 /* the module could not be loaded: QEMU's exit code 69 */
#define SGP_DISK_BYTES 0x100000 /* of the controllers' common disk, in blocks of 512 bytes */
#define SGP_ISLANDS 3
#define SGP_ISLAND_SLOT0 4    /* root ports of the islands: device numbers 4, 5, 6 */

/* The same on User Mode Linux. */
#define SGP_UM_MAILBOX "sgproof" /* name of the mapped file (iomem=) */
#define SGP_UM_BELL "sgproof.bell=" /* on the command line: a file descriptor of the process */

/* Bytes on the bell: the host's clock for "no progress". How far the runner is says the header. */
#define SGP_BELL_READY 'R'    /* the runner is loaded, guest half of the header is valid */
#define SGP_BELL_SCENARIO '.' /* more records are complete; now and then */
#define SGP_BELL_STOPPED 'X'  /* the scenario's task died in the kernel */
#define SGP_BELL_DONE 'F'     /* no scenario is left */

#define SGP_IOC_RUN 0x5301	 /* ioctl on /dev/sgproof: execute what is left of the scenarios */

#define SGP_MAX_DIAGS 4
#define SGP_DIAG_TEXT 96

enum sgp_mbox_state {
	SGP_MBOX_IDLE = 0,
	SGP_MBOX_RUNNING = 1,
	SGP_MBOX_FINISHED = 2
};

enum sgp_guest_flags {
	SGP_GUEST_P2PDMA = 1,	     /* providers exist and could be registered */
	SGP_GUEST_SWIOTLB = 2,	     /* a bounce pool exists */
	SGP_GUEST_FORWARDS = 4,	     /* peer traffic passes the host bridge of this boot */
	SGP_GUEST_IOMMU = 8,	     /* devices are behind an IOMMU */
	SGP_GUEST_HIGH_RAM = 16,     /* RAM above 4 GiB is in the pool */
	SGP_GUEST_SWIOTLB_PROBED = 32, /* calls into the bounce buffers are observed */
	SGP_GUEST_IOMMU_PROBED = 64 /* calls into the IOMMU core and its driver are observed */
};

struct sgp_mbox_header {
	/* Written by the host before the boot. */
	sgp_u64 magic;
	sgp_u64 version;
	sgp_u64 size; /* of the whole mailbox, bytes */
	sgp_u64 count; /* scenarios, and records */
	sgp_u64 scenario_size; /* sizeof(struct sgp_scenario), stride of the array */
	sgp_u64 record_size;   /* sizeof(struct sgp_record), stride of the array */
	sgp_u64 scenarios_off;
	sgp_u64 records_off;
	sgp_u64 nonce; /* goes into every record: no record of an older boot is taken for ours */
	sgp_u64 reserved[7];
	/* Written by the runner. */
	sgp_u64 guest_magic;
	sgp_u64 state; /* enum sgp_mbox_state */
	sgp_u64 next;  /* index of the scenario being executed or to be executed next */
	sgp_u64 stopped; /* scenarios so far whose task died */
	sgp_u64 flags; /* enum sgp_guest_flags */
	sgp_u64 word_bits;
	sgp_u64 page_struct_size;
	sgp_u64 memmap_base; /* struct page * of pfn 0 */
	sgp_u64 linux_version;
	sgp_u64 swiotlb_start;
	sgp_u64 swiotlb_end;
	sgp_u64 guest_reserved[5];
};

enum sgp_record_state {
	SGP_RECORD_NONE = 0,
	SGP_RECORD_STARTED = 1,	 /* being executed: only steps whose seal fits are believed */
	SGP_RECORD_COMPLETE = 2	 /* `seal` covers the rest */
};

/* Where a BUG, WARN or oops was: the text that the event in the report has no room for. */
struct sgp_diag {
	sgp_u64 kind; /* SGP_EV_BUG, SGP_EV_WARN or SGP_EV_OOPS */
	sgp_u64 step;
	sgp_u64 line;
	sgp_u64 address; /* instruction */
	char file[SGP_DIAG_TEXT];     /* as the compiler saw it */
	char function[SGP_DIAG_TEXT]; /* symbol+offset/size */
};

struct sgp_record {
	sgp_u64 magic;
	sgp_u64 seal; /* of the parts of sgp_record_part(); the host wants the rest to be zero */
	sgp_u64 nonce;
	sgp_u64 index;
	sgp_u64 state; /* enum sgp_record_state */
	sgp_u64 stopped_before; /* tasks that had died before in this boot: the machine may be tainted */
	sgp_u64 ndiags;
	sgp_u64 cycles; /* time stamp counter, whole scenario; orientation only */
	sgp_u64 step_seal[SGP_MAX_OPS]; /* XXH64, seed 0, of report.steps[i] as soon as it is done */
	struct sgp_report report;
	struct sgp_diag diags[SGP_MAX_DIAGS];
};

/*
 * The parts that `seal` covers: all from `nonce` to the steps, which have a seal each; then the
 * events and the diagnostics that there are. Not the whole record: most of it is unused, and an
 * emulated machine has better things to do. It is the XXH64 of the last part, whose seed is that of
 * the part before it; the first one's seed is 0.
 */
#define SGP_RECORD_PARTS 3
static inline const void *sgp_record_part(const struct sgp_record *r, unsigned int part,
					  unsigned long *length)
{
	sgp_u64 n;

	switch (part) {
	case 0:
		*length = (unsigned long)((const char *)r->report.steps - (const char *)&r->nonce);
		return &r->nonce;
	case 1:
		n = r->report.nevents < SGP_MAX_EVENTS ? r->report.nevents : SGP_MAX_EVENTS;
		*length = (unsigned long)n * sizeof(struct sgp_event);
		return r->report.events;
	default:
		n = r->ndiags < SGP_MAX_DIAGS ? r->ndiags : SGP_MAX_DIAGS;
		*length = (unsigned long)n * sizeof(struct sgp_diag);
		return r->diags;
	}
}

#endif /* SGP_MAILBOX_H */
