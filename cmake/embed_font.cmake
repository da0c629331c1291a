# embed_font(<target> <function>)
#
# Puts DejaVu Sans, packed by gzip, into <target> as embed_file does: the letters of European
# languages, and the signs that charts need. With hb-subset these alone, a fifth of the file; without
# it the whole font.
include(${CMAKE_CURRENT_LIST_DIR}/embed_file.cmake)

set(FONT_LETTERS 20-7E,A0-24F,2B0-2FF,370-3FF,400-4FF,1E00-1EFF)
set(FONT_SIGNS 2010-2044,2070-209F,20A0-20BF,2100-214F,2190-22FF,2300-23FF,2500-25FF,FFFD)

function(embed_font target function)
  find_file(GLUINO_FONT DejaVuSans.ttf REQUIRED
            PATHS /usr/share/fonts /usr/local/share/fonts
            PATH_SUFFIXES truetype/dejavu TTF dejavu dejavu-sans-fonts)
  find_program(HB_SUBSET hb-subset)
  find_program(GLUINO_GZIP gzip REQUIRED)
  set(font ${GLUINO_FONT})
  if(HB_SUBSET)
    set(font ${CMAKE_CURRENT_BINARY_DIR}/embedded/font.ttf)
    # The names hold the font's licence.
    add_custom_command(
      OUTPUT ${font}
      COMMAND ${HB_SUBSET} --font-file=${GLUINO_FONT} --unicodes=${FONT_LETTERS},${FONT_SIGNS}
              --no-hinting --notdef-outline --layout-features= --name-IDs=* --output-file=${font}
      DEPENDS ${GLUINO_FONT}
      VERBATIM)
  endif()
  set(packed ${CMAKE_CURRENT_BINARY_DIR}/embedded/font.ttf.gz)
  add_custom_command(OUTPUT ${packed}
                     COMMAND ${GLUINO_GZIP} -9nc ${font} > ${packed}
                     DEPENDS ${font}
                     VERBATIM)
  embed_file(${target} ${function} ${packed})
endfunction()
