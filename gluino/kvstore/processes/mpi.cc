#include <dlfcn.h>
#include <gluino/base/error.h>
#include <gluino/kvstore/processes/mpi.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

namespace gluino::kvstore::mpi {
namespace {

// Open MPI's binary interface: handles are addresses of the library's own objects, and these are
// the constants that its header gives. The same since version 1.7.
using Handle = void*;
constexpr int kSuccess = 0;
constexpr int kAnySource = -1;
constexpr int kThreadsInTurn = 2;
constexpr int kThreadsAtOnce = 3;
constexpr int kLongestError = 256;

// Whether an engine has started this process beside others.
bool is_launched() {
  return std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || std::getenv("PMIX_RANK") != nullptr;
}

int number_in(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Others' processes would not find each other: each would train alone, as if it were all.
void check_engine() {
  struct Engine {
    const char* name;
    const char* count;
  };
  constexpr std::array kEngines = {Engine{"another MPI than Open MPI", "PMI_SIZE"},
                                   Engine{"MXNet's launcher", "DMLC_NUM_WORKER"}};
  constexpr const char* kInstead = "; start them with Open MPI's mpirun, or gluino-launch";
  for (const Engine& engine : kEngines) {
    const char* const given = std::getenv(engine.count);
    check(given == nullptr || number_in(given) <= 1, "kvstore: ", engine.name,
          " has started this process as one of ", given == nullptr ? "" : given, " (", engine.count,
          "), which do not find each other", kInstead);
  }
  const char* const role = std::getenv("DMLC_ROLE");
  check(role == nullptr || *role == '\0' || std::string_view(role) == "worker",
        "kvstore: MXNet's launcher has started this process as a ", role == nullptr ? "" : role,
        " (DMLC_ROLE), and there are none: workers sum among themselves", kInstead);
}

void* open_library() {
  if (const char* given = std::getenv("GLUINO_MPI"); given != nullptr && *given != '\0') {
    void* const found = dlopen(given, RTLD_NOW | RTLD_GLOBAL);
    check(found != nullptr, "kvstore: training in several processes needs Open MPI: GLUINO_MPI: ",
          found == nullptr ? dlerror() : "");
    return found;
  }
  // Open MPI's own parts look for its names among all.
  for (const char* name : {"libmpi.so.40", "libmpi.so"}) {
    if (void* const found = dlopen(name, RTLD_NOW | RTLD_GLOBAL)) return found;
  }
  fail(
      "kvstore: training in several processes needs Open MPI, and there is no libmpi.so here; "
      "install it (on Debian: apt install openmpi-bin), or name the file by GLUINO_MPI");
}

}  // namespace

struct World::Library {
  struct Status {
    int source;
    int tag;
    int error;
    int cancelled;
    std::size_t bytes;
  };

  int (*init_thread)(int*, char***, int, int*);
  int (*initialized)(int*);
  int (*finalized)(int*);
  int (*finalize)();
  int (*query_thread)(int*);
  int (*comm_dup)(Handle, Handle*);
  int (*comm_rank)(Handle, int*);
  int (*comm_size)(Handle, int*);
  int (*comm_set_errhandler)(Handle, Handle);
  int (*isend)(const void*, int, Handle, int, int, Handle, Handle*);
  int (*irecv)(void*, int, Handle, int, int, Handle, Handle*);
  int (*test)(Handle*, int*, Status*);
  int (*iprobe)(int, int, Handle, int*, Status*);
  int (*error_string)(int, char*, int*);
  Handle world;
  Handle byte;
  Handle errors_return;

  // Never closed: MPI may be begun once in a process.
  Library() {
    void* const file = open_library();
    const auto find = [file](auto& function, const char* name) {
      void* const found = dlsym(file, name);
      check(found != nullptr, "kvstore: the machine's libmpi has no ", name,
            ": expected Open MPI's; GLUINO_MPI may name another file");
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(found);
    };
    find(world, "ompi_mpi_comm_world");
    find(byte, "ompi_mpi_byte");
    find(errors_return, "ompi_mpi_errors_return");
    find(init_thread, "MPI_Init_thread");
    find(initialized, "MPI_Initialized");
    find(finalized, "MPI_Finalized");
    find(finalize, "MPI_Finalize");
    find(query_thread, "MPI_Query_thread");
    find(comm_dup, "MPI_Comm_dup");
    find(comm_rank, "MPI_Comm_rank");
    find(comm_size, "MPI_Comm_size");
    find(comm_set_errhandler, "MPI_Comm_set_errhandler");
    find(isend, "MPI_Isend");
    find(irecv, "MPI_Irecv");
    find(test, "MPI_Test");
    find(iprobe, "MPI_Iprobe");
    find(error_string, "MPI_Error_string");
  }

  void call(int code, const char* what) const {
    if (code == kSuccess) return;
    std::array<char, kLongestError> text{};
    int length = 0;
    error_string(code, text.data(), &length);
    fail("kvstore: ", what, ": MPI says: ", std::string(text.data()));
  }

  Handle own_channel() const {
    Handle made = nullptr;
    call(comm_dup(world, &made), "MPI_Comm_dup");
    call(comm_set_errhandler(made, errors_return), "MPI_Comm_set_errhandler");
    return made;
  }
};

World::World() : library_(std::make_unique<Library>()) {
  const Library& mpi = *library_;
  int begun = 0;
  mpi.call(mpi.initialized(&begun), "MPI_Initialized");
  if (begun == 0 && !is_launched()) {
    check_engine();
    return;
  }
  int threads = 0;
  if (begun == 0) {
    mpi.call(mpi.init_thread(nullptr, nullptr, kThreadsAtOnce, &threads), "MPI_Init_thread");
    is_ours_ = true;
  } else {
    mpi.call(mpi.query_thread(&threads), "MPI_Query_thread");
  }
  check(threads >= (is_ours_ ? kThreadsInTurn : kThreadsAtOnce),
        "kvstore: MPI lets only one thread call it; begin it with MPI_THREAD_MULTIPLE");
  arrays_ = mpi.own_channel();
  signals_ = mpi.own_channel();
  mpi.call(mpi.comm_rank(arrays_, &rank_), "MPI_Comm_rank");
  mpi.call(mpi.comm_size(arrays_, &size_), "MPI_Comm_size");
}

World::~World() = default;

Transfer World::send(Channel which, const void* data, std::size_t bytes, int to, int tag) {
  check(bytes <= std::numeric_limits<int>::max(), "kvstore: a message of ", bytes,
        " bytes is more than MPI sends at once");
  Transfer transfer;
  library_->call(library_->isend(data, static_cast<int>(bytes), library_->byte, to, tag,
                                 channel(which), &transfer.request),
                 "MPI_Isend");
  return transfer;
}

Transfer World::receive(Channel which, void* data, std::size_t bytes, int from, int tag) {
  check(bytes <= std::numeric_limits<int>::max(), "kvstore: a message of ", bytes,
        " bytes is more than MPI sends at once");
  Transfer transfer;
  library_->call(library_->irecv(data, static_cast<int>(bytes), library_->byte, from, tag,
                                 channel(which), &transfer.request),
                 "MPI_Irecv");
  return transfer;
}

bool World::is_done(Transfer& transfer) {
  if (transfer.request == nullptr) return true;
  int done = 0;
  library_->call(library_->test(&transfer.request, &done, nullptr), "MPI_Test");
  if (done != 0) transfer.request = nullptr;
  return done != 0;
}

std::optional<int> World::sender_of_signal(int tag) {
  int found = 0;
  Library::Status status{};
  library_->call(library_->iprobe(kAnySource, tag, signals_, &found, &status), "MPI_Iprobe");
  return found != 0 ? std::optional(status.source) : std::nullopt;
}

void World::leave() {
  int ended = 0;
  library_->call(library_->finalized(&ended), "MPI_Finalized");
  if (is_ours_ && ended == 0) library_->call(library_->finalize(), "MPI_Finalize");
}

}  // namespace gluino::kvstore::mpi
