#pragma once

/// All losses. They give one number per sample, shape (N,), whose gradients backward() sums up; the
/// Trainer's step(batch size) divides by N.
#include <gluino/gluon/loss/base.h>
#include <gluino/gluon/loss/classes.h>
#include <gluino/gluon/loss/counts.h>
#include <gluino/gluon/loss/differences.h>
#include <gluino/gluon/loss/likeness.h>
#include <gluino/gluon/loss/sequences.h>
#include <gluino/gluon/loss/two_classes.h>
