#include <gluino/base/kernel_notes.h>
#include <gtest/gtest.h>

#include <thread>

namespace gluino {
namespace {

TEST(KernelNotes, EachIsKeptOnceInOrder) {
  const KernelNotes notes;
  EXPECT_EQ(notes.text(), "");
  note_kernel("product ", 2, " x ", 3);
  note_kernel("columns");
  note_kernel("product 2 x 3");
  EXPECT_EQ(notes.text(), "product 2 x 3, columns");
}

TEST(KernelNotes, OnlyTheInnermostListenerHears) {
  const KernelNotes outer;
  {
    const KernelNotes inner;
    note_kernel("rows");
    EXPECT_EQ(inner.text(), "rows");
  }
  note_kernel("strips");
  EXPECT_EQ(outer.text(), "strips");
}

TEST(KernelNotes, OtherThreadsAreNotHeard) {
  const KernelNotes notes;
  std::thread([] {
    EXPECT_EQ(KernelNotes::listening(), nullptr);
    note_kernel("rows");
  }).join();
  EXPECT_EQ(notes.text(), "");
}

}  // namespace
}  // namespace gluino
