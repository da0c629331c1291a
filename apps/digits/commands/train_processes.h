#pragma once

#include <apps/digits/commands/train_options.h>
#include <apps/digits/console/console.h>
#include <gluino/kvstore/kvstore.h>

/// `digits train` as one of several processes.
namespace digits {

/// The store of --kvstore, by which processes that mpirun has started find each other; after Ctrl-C
/// it waits for the others only for a moment. Throws Failure with Exit::wrong_use where there is
/// none.
gluino::kv::KVStore make_store(const TrainCommandOptions& options);

/// One of them speaks.
Console::Volume volume_of(const TrainCommandOptions& options, const gluino::kv::KVStore& store);

}  // namespace digits
