#pragma once

/// Everything of the library but the program `digits`:
///
///     #include <gluino/gluino.h>
///     namespace mx = gluino;

#include <gluino/amp/amp.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/log.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/gluon/block.h>
#include <gluino/gluon/block_of.h>
#include <gluino/gluon/contrib/concurrent.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/test_utils.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/gluon/data/vision/digits.h>
#include <gluino/gluon/data/vision/transforms.h>
#include <gluino/gluon/loss.h>
#include <gluino/gluon/nn/nn.h>
#include <gluino/gluon/rnn/rnn.h>
#include <gluino/gluon/symbol_block.h>
#include <gluino/gluon/trainer.h>
#include <gluino/gluon/utils.h>
#include <gluino/gluon/viz.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gluino/initializer/initializer.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/io/iterators/csv_iter.h>
#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/libsvm_iter.h>
#include <gluino/io/iterators/mnist_iter.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/io/iterators/prefetching_iter.h>
#include <gluino/io/iterators/resize_iter.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/readers/idx.h>
#include <gluino/io/records/recordio.h>
#include <gluino/kvstore/kvstore.h>
#include <gluino/metric/classification.h>
#include <gluino/metric/metric.h>
#include <gluino/metric/regression.h>
#include <gluino/module/callback.h>
#include <gluino/module/feed_forward.h>
#include <gluino/module/module.h>
#include <gluino/module/monitor.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/onnx/onnx.h>
#include <gluino/ops/core/labels.h>
#include <gluino/ops/nd.h>
#include <gluino/optimizer/adadelta.h>
#include <gluino/optimizer/adagrad.h>
#include <gluino/optimizer/adam.h>
#include <gluino/optimizer/adamax.h>
#include <gluino/optimizer/ftrl.h>
#include <gluino/optimizer/nag.h>
#include <gluino/optimizer/optimizer.h>
#include <gluino/optimizer/rmsprop.h>
#include <gluino/optimizer/sgd.h>
#include <gluino/optimizer/signum.h>
#include <gluino/viz/image_grid.h>
