# Needs build_dir, work_dir, libdir (relative to a prefix), compiler, pkg_config.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(prefix ${work_dir}/prefix)
file(REMOVE_RECURSE ${prefix} ${work_dir}/consumer)
unset(ENV{DESTDIR})
run(${CMAKE_COMMAND} --install ${build_dir} --prefix ${work_dir}/elsewhere)
# An installed tree can be moved.
file(RENAME ${work_dir}/elsewhere ${prefix})

# All public headers at once must compile with nothing but the library's own folder.
file(GLOB_RECURSE headers RELATIVE ${prefix}/include ${prefix}/include/*.h)
list(SORT headers)
list(TRANSFORM headers PREPEND "#include <")
list(TRANSFORM headers APPEND ">\n")
string(CONCAT all_headers ${headers})
file(WRITE ${work_dir}/consumer/all_headers.h "${all_headers}")

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${work_dir}/consumer -G Ninja
    -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${compiler} -DCMAKE_BUILD_TYPE=Debug)
run(${CMAKE_COMMAND} --build ${work_dir}/consumer)
run(${work_dir}/consumer/consumer)

# The same by pkg-config.
set(ENV{PKG_CONFIG_PATH} ${prefix}/${libdir}/pkgconfig)
execute_process(COMMAND ${pkg_config} --cflags --libs gluino OUTPUT_VARIABLE flags
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
run(${compiler} -std=c++20 -I${work_dir}/consumer ${CMAKE_CURRENT_LIST_DIR}/consumer/consumer.cc
    ${flags} -o ${work_dir}/consumer/consumer_by_pkg_config)
set(ENV{LD_LIBRARY_PATH} ${prefix}/${libdir})
run(${work_dir}/consumer/consumer_by_pkg_config)
