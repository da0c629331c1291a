#pragma once

#include <gluino/base/error.h>
#include <gluino/base/export.h>

namespace gluino::kvstore {

/// Thrown where processes that train together cannot go on: one has died, ended early, does not
/// answer or does something else than the others. Whatever a store is asked then, it throws again.
class GLUINO_API WorkersError : public Error {
 public:
  using Error::Error;
};

}  // namespace gluino::kvstore
