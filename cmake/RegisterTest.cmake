# Tests with what they need around them.

# intercept_tls_get_addr: the sanitizers guess how large a thread's own variables are in a library
# that was loaded later, from what glibc's malloc keeps in front of them. GCC 12's leak check was
# seen to crash ("Tracer caught signal 11") at the end of one program in some thousand, and clang
# 14's thread sanitizer to fail in every third run of xa-conformance ("failed to allocate
# 0xff7a2426c000 bytes").
# halt_on_error: children that kill themselves would not tell what the thread sanitizer found.
set(tsan_options suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.supp
  die_after_fork=0 halt_on_error=1 intercept_tls_get_addr=0)
list(JOIN tsan_options ":" tsan_options)
set(asan_options suppressions=${CMAKE_SOURCE_DIR}/tests/support/asan.supp intercept_tls_get_addr=0)
list(JOIN asan_options ":" asan_options)
set(test_environment XAODBC_SERVER_TEMPLATES=${CMAKE_BINARY_DIR}/server-templates
  ASAN_OPTIONS=${asan_options}
  LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/lsan.supp:print_suppressions=0
  TSAN_OPTIONS=${tsan_options}
  UBSAN_OPTIONS=print_stacktrace=1)

# register_test(NAME LABEL SECONDS [COMMAND...]), where the program of that name is the command.
function(register_test name label seconds)
  set(command ${ARGN})
  if(NOT command)
    set(command ${name})
  endif()
  # The sanitizers take their time.
  if(XAODBC_SANITIZE)
    math(EXPR seconds "${seconds} * 5")
  endif()
  add_test(NAME ${name} COMMAND ${command})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${seconds} PROCESSORS 1
    ENVIRONMENT "${test_environment}")
endfunction()
