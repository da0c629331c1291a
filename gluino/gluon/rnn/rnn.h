#pragma once

/// All recurrent cells.
#include <gluino/gluon/rnn/bidirectional_cell.h>
#include <gluino/gluon/rnn/cells.h>
#include <gluino/gluon/rnn/modifiers.h>
#include <gluino/gluon/rnn/recurrent_cell.h>
