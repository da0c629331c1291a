# Installs the library, its public headers, and what CMake and pkg-config need to find it.
# Kernels are not part of the interface, nor are *-inl.h files.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gluino)

install(TARGETS gluino EXPORT gluino_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/gluino DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h PATTERN *-inl.h EXCLUDE PATTERN kernels EXCLUDE)
install(DIRECTORY ${GLUINO_GENERATED}/gluino DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT gluino_targets NAMESPACE gluino:: FILE gluino-targets.cmake
        DESTINATION ${package_dir})

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/gluino-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/gluino-config.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/gluino-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gluino-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/gluino-config-version.cmake
        DESTINATION ${package_dir})

# The path from the .pc file back to the prefix, so that the installed tree can be moved.
file(RELATIVE_PATH prefix_from_pkgconfig /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/gluino.pc.in ${CMAKE_CURRENT_BINARY_DIR}/gluino.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gluino.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
