# extract_code(<document> <name> <output>)
#
# Writes to <output> the code block of a Markdown document that follows the line
# `<!-- compiled: <name> -->`, so that what a page shows is what is compiled. Runs again whenever the
# document changes.
function(extract_code document name output)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${document})
  file(READ ${document} text)
  set(begin_mark "<!-- compiled: ${name} -->\n```cpp\n")
  string(FIND "${text}" "${begin_mark}" begin)
  if(begin EQUAL -1)
    message(FATAL_ERROR "${document} has no code block marked `compiled: ${name}`")
  endif()
  string(LENGTH "${begin_mark}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${text}" ${begin} -1 text)
  string(FIND "${text}" "\n```\n" end)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${text}" 0 ${end} text)
  file(CONFIGURE OUTPUT ${output} CONTENT "@text@" @ONLY)
endfunction()
