# What says what is to be computed, and computes nothing, is better small than fast. Fast are the
# rooms that every call or every batch goes through, and what goes through elements: the sources
# that take those of tensors (as<T>), share loops among threads (base/parallel.h), or include
# templates that do. Who gives a source its first such loop configures again.
set(GLUINO_FAST_ROOMS
    "/gluino/(autograd|base|graph/run|io|kernels|kvstore|metric|ndarray|ops/core)/")

# Sets <small> to those SOURCES that are better small, and <fast> to the others.
function(part_small small fast)
  cmake_parse_arguments(PARSE_ARGV 2 of "" "" "SOURCES;HEADERS")
  set(loop "parallel|\\.as<")
  list(FILTER of_HEADERS INCLUDE REGEX "-inl\\.h$")
  foreach(header IN LISTS of_HEADERS)
    file(STRINGS ${header} loops REGEX "parallel" LIMIT_COUNT 1)
    if(loops)
      file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${header})
      string(APPEND loop "|${name}")
    endif()
  endforeach()
  foreach(source IN LISTS of_SOURCES)
    file(STRINGS ${source} loops REGEX ${loop} LIMIT_COUNT 1)
    if(loops OR source MATCHES ${GLUINO_FAST_ROOMS})
      list(APPEND of_fast ${source})
    else()
      list(APPEND of_small ${source})
    endif()
  endforeach()
  set(${small} ${of_small} PARENT_SCOPE)
  set(${fast} ${of_fast} PARENT_SCOPE)
endfunction()
