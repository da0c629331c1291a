#pragma once

/// All layers.
#include <gluino/gluon/nn/basic_layers.h>
#include <gluino/gluon/nn/containers.h>
#include <gluino/gluon/nn/conv_layers.h>
#include <gluino/gluon/nn/lambda.h>
