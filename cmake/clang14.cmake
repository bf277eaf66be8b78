# For the tools that use clang 14 (clang-tidy, libFuzzer); nothing of this is needed from clang 17 on.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 17)
  return()
endif()

# size() and data() of the view_interface of libstdc++ 12 (LLVM bug 44178), which nobody here calls: a copy of the header
# without them goes in front.
set(header /usr/include/c++/12/bits/ranges_util.h)
if(EXISTS ${header})
  file(READ ${header} text)
  string(FIND "${text}" "      constexpr auto\n      data() noexcept" begin)
  string(FIND "${text}" "      constexpr decltype(auto)\n      front() requires" end)
  string(SUBSTRING "${text}" 0 ${begin} head)
  string(SUBSTRING "${text}" ${end} -1 tail)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/include/bits/ranges_util.h CONTENT "${head}${tail}" @ONLY)
  target_include_directories(imip_options SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/include)
endif()
