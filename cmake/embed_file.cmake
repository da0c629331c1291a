# embed_file(<target> <function> <file>)
#
# Puts the bytes of <file> into <target>, as `std::string_view <function>()`; a function that a header
# declares, with its namespaces: digits::page_html.
function(embed_file target function file)
  string(REPLACE "::" "_" symbol ${function})
  string(REGEX MATCH "^(.*)::([^:]+)$" matched ${function})
  set(namespace ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT [[
#include <string_view>

asm(R"(
  .section .rodata
  .balign 64
embedded_@symbol@_begin:
  .incbin "@file@"
embedded_@symbol@_end:
  .byte 0
  .text
)");

extern "C" {
extern const char begin[] asm("embedded_@symbol@_begin");
extern const char end[] asm("embedded_@symbol@_end");
}

namespace @namespace@ {
std::string_view @name@();
std::string_view @name@() { return {begin, static_cast<std::size_t>(end - begin)}; }
}  // namespace @namespace@
]] @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
endfunction()
