#pragma once

#include <cstddef>
#include <memory>
#include <optional>

/// The little that Gluino calls of MPI, in the library that the machine has. That is looked for
/// when it is asked for, so one build serves machines with and without it.
namespace gluino::kvstore::mpi {

/// A transfer under way, until World::is_done has said so.
struct Transfer {
  void* request = nullptr;
};

/// Two sets of messages that never meet: arrays, and what the workers tell each other of
/// themselves.
enum class Channel { arrays, signals };

/// The processes that mpirun, or an engine of its kind, has started together. For one thread at a
/// time. Functions throw Error where MPI reports one.
class World {
 public:
  /// Joins the others; of a process that nobody has started so it is a world of one. Throws Error
  /// where the machine has no Open MPI (GLUINO_MPI names its libmpi.so, where that is not found),
  /// and where another engine has started several.
  World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Begin to send and to receive `bytes` at `data`, which stays until the transfer is done.
  /// Messages of one pair of processes and one tag arrive in the order in which they were sent.
  Transfer send(Channel channel, const void* data, std::size_t bytes, int to, int tag);
  Transfer receive(Channel channel, void* data, std::size_t bytes, int from, int tag);
  /// Asks, and goes on with what is under way.
  bool is_done(Transfer& transfer);
  /// Who has sent a signal that nobody has received yet.
  std::optional<int> sender_of_signal(int tag);
  /// Takes leave in order, which waits until all others do. A world that is not left so ends for
  /// all when its process does.
  void leave();

 private:
  struct Library;
  void* channel(Channel which) const { return which == Channel::arrays ? arrays_ : signals_; }

  std::unique_ptr<Library> library_;
  void* arrays_ = nullptr;
  void* signals_ = nullptr;
  int rank_ = 0;
  int size_ = 1;
  /// MPI was begun here, not by the user's own program.
  bool is_ours_ = false;
};

}  // namespace gluino::kvstore::mpi
