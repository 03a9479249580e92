// SPDX-License-Identifier: GPL-2.0
/*
 * What memory is filled with to see which bytes move where. The value of a byte follows from its
 * physical address and from the turn; it is looked up, since an emulated machine would spend most
 * of its time computing it. Memory is compared a word at a time for the same reason.
 */
#include <linux/math64.h>
#include <linux/vmalloc.h>
#include "runner.h"

#define PERIOD 1048573U /* bytes; a prime, so blocks that are a power of two apart differ */
#define TURN 648055U	/* bytes that a turn moves the values by */
#define WORD sizeof(unsigned long)

static u8 *values; /* one period, and what a run needs beyond it */

int sgp_pattern_init(void)
{
	u64 state = 0;
	unsigned int i;

	values = vmalloc(PERIOD + SGP_MOST_PATTERN);
	if (!values)
		return -ENOMEM;
	for (i = 0; i < PERIOD + SGP_MOST_PATTERN; i++) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		values[i] = i < PERIOD ? state >> 56 : values[i - PERIOD];
	}
	return 0;
}

/* The values of at least SGP_MOST_PATTERN bytes from this one on. */
const u8 *sgp_pattern_at(u64 phys, u64 turn)
{
	u32 at, moved;

	div_u64_rem(phys, PERIOD, &at);
	div_u64_rem(turn * TURN, PERIOD, &moved);
	return values + (at + moved) % PERIOD;
}

static unsigned long word_at(const u8 *bytes)
{
	return get_unaligned((const unsigned long *)bytes);
}

static unsigned long in_each_byte(u8 mask)
{
	return mask * (~0UL / 0xff);
}

/* Gives memory the pattern's values, or those with some bits inverted. */
void sgp_fill(u8 *memory, const u8 *pattern, u64 size, u8 mask)
{
	u64 i = 0;

	for (; i + 4 * WORD <= size; i += 4 * WORD) { /* an emulated machine counts each round */
		unsigned long *to = (unsigned long *)(memory + i);
		unsigned long flip = in_each_byte(mask);

		put_unaligned(word_at(pattern + i) ^ flip, to);
		put_unaligned(word_at(pattern + i + WORD) ^ flip, to + 1);
		put_unaligned(word_at(pattern + i + 2 * WORD) ^ flip, to + 2);
		put_unaligned(word_at(pattern + i + 3 * WORD) ^ flip, to + 3);
	}
	for (; i + WORD <= size; i += WORD)
		put_unaligned(word_at(pattern + i) ^ in_each_byte(mask),
			      (unsigned long *)(memory + i));
	for (; i < size; i++)
		memory[i] = pattern[i] ^ mask;
}

/* Index of the first byte that has not that value; `size` if all have. */
u64 sgp_first_other(const u8 *memory, const u8 *pattern, u64 size, u8 mask)
{
	unsigned long flip = in_each_byte(mask);
	u64 i = 0;

	while (i + 4 * WORD <= size &&
	       !((word_at(memory + i) ^ word_at(pattern + i) ^ flip) |
		 (word_at(memory + i + WORD) ^ word_at(pattern + i + WORD) ^ flip) |
		 (word_at(memory + i + 2 * WORD) ^ word_at(pattern + i + 2 * WORD) ^ flip) |
		 (word_at(memory + i + 3 * WORD) ^ word_at(pattern + i + 3 * WORD) ^ flip)))
		i += 4 * WORD;
	while (i + WORD <= size &&
	       word_at(memory + i) == (word_at(pattern + i) ^ flip))
		i += WORD;
	while (i < size && memory[i] == (u8)(pattern[i] ^ mask))
		i++;
	return i;
}
