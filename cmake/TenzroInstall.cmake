# Everything that a stranger needs: library, headers, find_package(tenzro_tee), pkg-config, the command.
include(CMakePackageConfigHelpers)

# The target all_verify_interface_header_sets compiles each public header by itself, as C++20.
set_target_properties(tenzro_tee PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tenzro_tee")
install(TARGETS tenzro_tee EXPORT tenzro_tee-targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT tenzro_tee-targets NAMESPACE tenzro:: DESTINATION "${package_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tenzro_tee-config.cmake.in"
  "${PROJECT_BINARY_DIR}/tenzro_tee-config.cmake" INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
# Until 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tenzro_tee-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tenzro_tee-config.cmake" "${PROJECT_BINARY_DIR}/tenzro_tee-config-version.cmake"
        DESTINATION "${package_dir}")

# The file finds its prefix from its own place, so that an installed tree can be moved.
file(RELATIVE_PATH pc_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/tenzro_tee.pc.in" "${PROJECT_BINARY_DIR}/tenzro_tee.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/tenzro_tee.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
