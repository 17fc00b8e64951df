# cmake --install: library, loaders, tool, public headers, examples, and how other builds find them.

include(CMakePackageConfigHelpers)

foreach(target xaodbc_lib xaodbc_lixa xaodbc_lixa_dynamic xaodbc_endurox xaodbc_mq xaodbc_filter
    xaodbc_sqlite xaodbc_tool xaodbc_conformance)
  if(TARGET ${target})
    install(TARGETS ${target})
  endif()
endforeach()

install(DIRECTORY xa/include/xaodbc TYPE INCLUDE)
install(DIRECTORY config/examples TYPE DOC)
install(FILES LICENSE TYPE DOC)
install(FILES docs/xaodbc.1 docs/xa-conformance.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# Relative, so that an installed tree may be moved and --prefix may be given at install time.
file(RELATIVE_PATH XAODBC_PREFIX_FROM_PKGCONFIG
  /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/xaodbc.pc.in xaodbc.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/xaodbc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/xaodbc)
configure_package_config_file(cmake/xaodbcConfig.cmake.in xaodbcConfig.cmake
  INSTALL_DESTINATION ${package_directory}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/xaodbcConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/xaodbcConfig.cmake
  ${CMAKE_BINARY_DIR}/xaodbcConfigVersion.cmake DESTINATION ${package_directory})
