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
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/test_utils.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/gluon/data/vision/digits.h>
#include <gluino/gluon/data/vision/transforms.h>
#include <gluino/gluon/loss.h>
#include <gluino/gluon/nn/nn.h>
#include <gluino/gluon/symbol_block.h>
#include <gluino/gluon/trainer.h>
#include <gluino/gluon/utils.h>
#include <gluino/gluon/viz.h>
#include <gluino/graph/cached_op.h>
#include <gluino/graph/frozen.h>
#include <gluino/graph/quantize.h>
#include <gluino/graph/sym.h>
#include <gluino/initializer/initializer.h>
#include <gluino/io/csv_iter.h>
#include <gluino/io/image.h>
#include <gluino/io/image_record_iter.h>
#include <gluino/io/mnist_iter.h>
#include <gluino/io/ndarray_iter.h>
#include <gluino/io/prefetching_iter.h>
#include <gluino/io/recordio.h>
#include <gluino/io/resize_iter.h>
#include <gluino/metric/classification.h>
#include <gluino/metric/metric.h>
#include <gluino/metric/regression.h>
#include <gluino/module/callback.h>
#include <gluino/module/feed_forward.h>
#include <gluino/module/module.h>
#include <gluino/module/monitor.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/nd.h>
#include <gluino/optimizer/optimizer.h>
#include <gluino/optimizer/sgd.h>
#include <gluino/viz/image_grid.h>
