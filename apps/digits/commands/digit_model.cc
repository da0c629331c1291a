#include <apps/digits/commands/digit_model.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/models/images.h>
#include <apps/digits/models/pretrained.h>
#include <gluino/base/error.h>

namespace digits {

Model digit_model(const std::string& prefix, const std::optional<int>& epoch) {
  if (prefix.empty()) {
    if (epoch) throw Failure(Exit::wrong_use, "--epoch is one of a saved model; expected --model");
    return load_pretrained();
  }
  Model model = load_model(prefix, epoch);
  if (!shows_digits(model.images)) {
    throw Failure(Exit::model_unusable,
                  gluino::str(prefix,
                              ": expected a network that reads digits in 28x28 pixels, found "
                              "one that reads ",
                              class_list(model.images), " in ", model.images.rows, "x",
                              model.images.columns));
  }
  return model;
}

}  // namespace digits
