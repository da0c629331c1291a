#pragma once

#include <string>

namespace digits {

/// Throws Failure with Exit::wrong_use unless a file could be made at `path`, in the place of an
/// earlier one if need be. Writes nothing.
void check_can_replace(const std::string& path);

/// The same for a file that is opened and written to, which may also be a device or a pipe.
void check_can_write(const std::string& path);

/// The same place from wherever a program is started; as it is where the folder we are in is gone.
std::string absolute_path(const std::string& path);

}  // namespace digits
