#pragma once

#include <apps/digits/models/model_file.h>

namespace digits {

/// The model that is part of the program, trained on MNIST by `make pretrained`: what is used when
/// no other is named. Made anew by each call.
Model load_pretrained();

}  // namespace digits
