#include "smt/exec/loops_program.hpp"

#include "smt/exec/clang_program.hpp"

namespace sgproof::exec {
namespace {

/// What any_list.c needs of a kernel.
constexpr const char* kEnvironment = R"(
#include <stdbool.h>
#include <stddef.h>
#include "sgp_abi.h"
#define static_assert _Static_assert
#define SGP_ANY_SLOTS (1ULL << 33)
#define SGP_PFN_LIMIT (1ULL << 40)
#define SG_CHAIN 1UL
#define SG_END 2UL
struct page { long words[8]; };
struct scatterlist {
  unsigned long page_link;
  unsigned int offset, length;
  unsigned long dma_address;
  unsigned int dma_length, dma_flags;
};
void sgp_assume(sgp_u64);
void sgp_havoc(void *, sgp_u64);
void sgp_event(sgp_u64, sgp_u64, sgp_u64, sgp_u64, sgp_u64, sgp_u64);
#define SGP_ASSUME(name, condition) sgp_assume((condition) ? 1 : 0)
#define SGP_MARK_BUS(sg) ((sg)->dma_flags |= 1)
#define SGP_UNMARK_BUS(sg) ((sg)->dma_flags &= ~1u)
#define pfn_to_page(pfn) ((struct page *)0xffffea0000000000 + (pfn))
void sgp_legal_segment(const struct sgp_scenario *in, const struct sgp_op *op);
static inline void sg_set_page(struct scatterlist *sg, struct page *page, unsigned int length,
                               unsigned int offset)
{
  sg->page_link = (sg->page_link & 3) | (unsigned long)page;
  sg->offset = offset;
  sg->length = length;
}
)";

constexpr const char* kProgram = R"(
#include "any_list.c"
void sgp_legal_segment(const struct sgp_scenario *in, const struct sgp_op *op) {}
struct scatterlist *sg_next(struct scatterlist *sg)
{
  if (sg->page_link & SG_END)
    return NULL;
  sg++;
  if (sg->page_link & SG_CHAIN)
    sg = (struct scatterlist *)(sg->page_link & ~3UL);
  return sg;
}
#define for_each_sg(sgl, sg, n, i) for (i = 0, sg = (sgl); i < (n); i++, sg = sg_next(sg))
static struct sgp_scenario in;
static struct sgp_op op;
static long subject(struct scatterlist *sgl, int nents);
long f(sgp_u64 other, sgp_u64 observed)
{
  struct page *pages[4];
  struct scatterlist *seen;
  long result;
  unsigned int i;
  for (i = 0; i < 4; i++)
    pages[i] = pfn_to_page(i);
  op.offset = other; /* of the other entry that can end a loop */
  sgp_build_any_list(&in, &op, pages);
  seen = sgp_any_observed();
  sg_set_page(seen, pages[0], 1, observed);
  seen->dma_length = 0;
  result = subject((struct scatterlist *)sgp_any_list.first, sgp_any_list.nents);
  sgp_event(1, seen->dma_length, seen->offset, result, sgp_any_list.entries[0].position,
            sgp_any_list.nents);
  return result;
}
)";

}  // namespace

std::string program_with(const std::string& subject) {
  return clang_bitcode({{"any_list.c", harness_file("any_list.c")},
                        {"sgp_env.h", kEnvironment},
                        {"sgp_ops.h", ""},
                        {"test.c", kProgram + subject}});
}

}  // namespace sgproof::exec
