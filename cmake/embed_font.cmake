# embed_font(<target> <function>)
#
# Puts DejaVu Sans into <target> as embed_file does: the letters of European languages, and the signs
# that charts need. With hb-subset these alone, a fifth of the file; without it the whole font.
include(${CMAKE_CURRENT_LIST_DIR}/embed_file.cmake)

set(FONT_LETTERS 20-7E,A0-24F,2B0-2FF,370-3FF,400-4FF,1E00-1EFF)
set(FONT_SIGNS 2010-2044,2070-209F,20A0-20BF,2100-214F,2190-22FF,2300-23FF,2500-25FF,FFFD)

function(embed_font target function)
  find_file(GLUINO_FONT DejaVuSans.ttf REQUIRED
            PATHS /usr/share/fonts /usr/local/share/fonts
            PATH_SUFFIXES truetype/dejavu TTF dejavu dejavu-sans-fonts)
  find_program(HB_SUBSET hb-subset)
  if(NOT HB_SUBSET)
    embed_file(${target} ${function} ${GLUINO_FONT})
    return()
  endif()
  set(subset ${CMAKE_CURRENT_BINARY_DIR}/embedded/font.ttf)
  # The names hold the font's licence.
  add_custom_command(
    OUTPUT ${subset}
    COMMAND ${HB_SUBSET} --font-file=${GLUINO_FONT} --unicodes=${FONT_LETTERS},${FONT_SIGNS}
            --no-hinting --notdef-outline --layout-features= --name-IDs=* --output-file=${subset}
    DEPENDS ${GLUINO_FONT}
    VERBATIM)
  embed_file(${target} ${function} ${subset})
endfunction()
