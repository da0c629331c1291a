# The library is compiled in three parts, each as it serves best; all of it as the kernels are would
# make it larger by half, and no faster.
#
# Fast are the rooms that every call goes through, and those whose work is loops of their own.
set(GLUINO_FAST_ROOMS "/gluino/(autograd|base|graph/run|kernels|ndarray|ops/(core|reduce|vision))/\
|/ops/random/distributions")
# Loops are what goes through elements around kernels, and the rooms that every batch goes through:
# sources that take the elements of tensors (as<T>), share loops among threads (base/parallel.h), or
# include templates that do. Who gives a source its first such loop configures again.
set(GLUINO_LOOP_ROOMS "/gluino/(io|kvstore|metric)/")
set(GLUINO_LOOPS "parallel|\\.as<")
# Small is what says what is to be computed, and computes nothing: all others, and text.
set(GLUINO_TEXTS "/gluino/(base/(json_text|name_pattern)|ndarray/print)\\.cc$")

# Sets <fast>, <loops> and <small> to those SOURCES that are.
function(part_sources fast loops small)
  cmake_parse_arguments(PARSE_ARGV 3 of "" "" "SOURCES;HEADERS")
  set(pattern "${GLUINO_LOOPS}")
  list(FILTER of_HEADERS INCLUDE REGEX "-inl\\.h$")
  foreach(header IN LISTS of_HEADERS)
    file(STRINGS ${header} found REGEX "parallel" LIMIT_COUNT 1)
    if(found)
      file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${header})
      string(APPEND pattern "|${name}")
    endif()
  endforeach()
  foreach(source IN LISTS of_SOURCES)
    file(STRINGS ${source} found REGEX ${pattern} LIMIT_COUNT 1)
    if(source MATCHES ${GLUINO_TEXTS})
      list(APPEND of_small ${source})
    elseif(source MATCHES ${GLUINO_FAST_ROOMS})
      list(APPEND of_fast ${source})
    elseif(found OR source MATCHES ${GLUINO_LOOP_ROOMS})
      list(APPEND of_loops ${source})
    else()
      list(APPEND of_small ${source})
    endif()
  endforeach()
  foreach(part fast loops small)
    set(${${part}} ${of_${part}} PARENT_SCOPE)
  endforeach()
endfunction()

# What is measured stands in docs/performance.md. A loop of a kernel that has to be unrolled says so
# itself; the compiler's own way of unrolling short ones makes them no faster. Around the kernels
# loops become vectors as with -O3, but only what is tiny is copied to where it is called. A loop of a
# few instructions that lies across two lines of the cache takes up to twice as long.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(GLUINO_FAST_OPTIONS -falign-loops=32)
  set(GLUINO_KERNEL_OPTIONS -fno-ipa-cp-clone --param=max-completely-peeled-insns=60
                            --param=max-completely-peel-times=8)
  set(GLUINO_LOOP_OPTIONS
      -O2 -fvect-cost-model=dynamic -funswitch-loops -fpeel-loops -fsplit-loops
      -fversion-loops-for-strides -falign-functions=1 -falign-jumps=1 -falign-labels=1 -falign-loops=32
      --param=max-inline-insns-single=20 --param=max-inline-insns-auto=8)
endif()
