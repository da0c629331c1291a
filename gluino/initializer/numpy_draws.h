#pragma once

#include <gluino/base/export.h>

namespace gluino::init {

/// While one lives, this thread draws uniform and normal weights by the operators behind
/// mx.np.random, which give other numbers for a seed than mx.nd.random: what MXNet does under
/// npx.set_np(). Those of Orthogonal stay as they are, there, too.
class GLUINO_API NumpyDraws {
 public:
  NumpyDraws();
  ~NumpyDraws();
  NumpyDraws(const NumpyDraws&) = delete;
  NumpyDraws& operator=(const NumpyDraws&) = delete;

 private:
  bool before_;
};

}  // namespace gluino::init
