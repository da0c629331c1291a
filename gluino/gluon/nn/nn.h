#pragma once

/// All layers.
#include <gluino/gluon/nn/activations.h>
#include <gluino/gluon/nn/basic_layers.h>
#include <gluino/gluon/nn/containers.h>
#include <gluino/gluon/nn/conv_layers.h>
#include <gluino/gluon/nn/embedding.h>
#include <gluino/gluon/nn/image_layers.h>
#include <gluino/gluon/nn/lambda.h>
#include <gluino/gluon/nn/norms.h>
