#pragma once

/// All recurrent layers and cells.
#include <gluino/gluon/rnn/bidirectional_cell.h>
#include <gluino/gluon/rnn/cells.h>
#include <gluino/gluon/rnn/modifiers.h>
#include <gluino/gluon/rnn/recurrent_cell.h>
#include <gluino/gluon/rnn/rnn_layer.h>
