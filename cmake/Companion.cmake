# A library that is loaded where it is found beside the bridge, and exports nothing but its entries.
# nodelete: drivers and connections keep pointing into the code.
function(xaodbc_companion target name)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
    LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/exports.map)
  target_link_libraries(${target} PRIVATE xaodbc_options ${CMAKE_DL_LIBS})
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/exports.map
    -Wl,-z,nodelete ${XAODBC_NO_UNDEFINED})
  # Programs of the tests have the bridge in themselves and look for it beside themselves.
  if(XAODBC_TESTS)
    add_custom_command(TARGET ${target} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/tests
      COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:${target}>
        ${CMAKE_BINARY_DIR}/tests/$<TARGET_FILE_NAME:${target}>)
  endif()
endfunction()
