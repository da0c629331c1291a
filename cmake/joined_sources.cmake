# A folder compiled as one source takes a quarter of the time where its sources include much and say
# little, as those of programs do; in sanitized builds, which make much code of each template that is
# instantiated, a third. Names in its unnamed namespaces must differ for that, which those of
# operators and whatever else registers itself by the same words do not.

# Compiles the sources of each folder of TARGET that matches REGEX as one.
function(join_sources target regex)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cc$")
  foreach(source IN LISTS sources)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${source})
    get_filename_component(folder ${path} DIRECTORY)
    if(folder MATCHES "${regex}")
      string(REPLACE "/" "_" group ${folder})
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
endfunction()
