#include <apps/digits/training/mxnet_log.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

namespace digits {

std::vector<std::string> mxnet_lines(const EpochResult& result) {
  // MXNet counts from 0.
  const std::string epoch = gluino::str("Epoch[", result.epoch - 1, "] ");
  return {epoch + "Train-accuracy=" + gluino::fixed(result.train_accuracy, 6),
          epoch + "Train-loss=" + gluino::fixed(result.train_loss, 6),
          epoch + "Time cost=" + gluino::fixed(result.seconds, 3),
          epoch + "Validation-accuracy=" + gluino::fixed(result.test.accuracy(), 6),
          epoch + "Validation-loss=" + gluino::fixed(result.test.loss(), 6)};
}

}  // namespace digits
