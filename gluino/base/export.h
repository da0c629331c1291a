#pragma once

/// Marks what users of the library may link against; everything else stays hidden.
#define GLUINO_API [[gnu::visibility("default")]]
