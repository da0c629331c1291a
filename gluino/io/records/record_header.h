#pragma once

#include <gluino/io/records/recordio.h>

#include <string_view>

namespace gluino::recordio {

/// Reads the header of `record` into `header`, whose memory is used again, and returns the content,
/// a part of `record`.
std::string_view split_record(std::string_view record, IRHeader& header);

}  // namespace gluino::recordio
