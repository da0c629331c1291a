# add_header_check(<name> TARGET <target> HEADERS <header>...)
#
# Adds a target, built only when asked for, that compiles each header alone, twice over, with the
# flags of <target>: each must bring what it needs and guard against being included again. Headers
# named *-inl.h are parts of a vector source, which includes them once per instruction set.
function(add_header_check name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET" "HEADERS")
  set(sources)
  foreach(header IN LISTS arg_HEADERS)
    if(NOT header MATCHES "-inl\\.h$")
      file(RELATIVE_PATH include ${PROJECT_SOURCE_DIR} ${header})
      set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}/${include}.cc)
      file(CONFIGURE OUTPUT ${source} CONTENT "#include <@include@>\n#include <@include@>\n" @ONLY)
      list(APPEND sources ${source})
    endif()
  endforeach()
  if(sources)
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${sources})
    # Only what the compiler says counts, not the code it makes.
    target_compile_options(${name} PRIVATE -O0 -g0)
    target_include_directories(${name} PRIVATE
                               $<TARGET_PROPERTY:${arg_TARGET},INCLUDE_DIRECTORIES>)
    target_link_libraries(${name} PRIVATE $<TARGET_PROPERTY:${arg_TARGET},LINK_LIBRARIES>)
  endif()
endfunction()
