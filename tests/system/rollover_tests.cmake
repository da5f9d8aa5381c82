# A writer in a process of its own against the follower.
set(support ${PROJECT_SOURCE_DIR}/tests/support)
add_executable(rollover_writer ${CMAKE_CURRENT_LIST_DIR}/rollover_writer.cpp ${support}/log_writer.cpp
                               ${support}/log_writer_$<IF:$<BOOL:${WIN32}>,win,posix>.cpp)
target_include_directories(rollover_writer PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(rollover_writer PRIVATE Threads::Threads cmgmon_flags)

add_executable(system_rollover ${CMAKE_CURRENT_LIST_DIR}/rollover_test.cpp ${CMAKE_CURRENT_LIST_DIR}/model_on_disk_test.cpp)
target_include_directories(system_rollover PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(system_rollover PRIVATE CMGMON_ROLLOVER_WRITER="$<TARGET_FILE:rollover_writer>")
target_link_libraries(system_rollover PRIVATE cmgmon_tail_support Threads::Threads GTest::gmock_main
                                              cmgmon_flags)
add_dependencies(system_rollover rollover_writer)
gtest_discover_tests(system_rollover DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 TEST_PREFIX "tail."
                     PROPERTIES LABELS system TIMEOUT 180)
