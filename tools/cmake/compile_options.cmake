# Warnings and sanitisers for our own code; third-party headers come in as system headers.
add_library(gatehouse_options INTERFACE)
target_compile_options(gatehouse_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_ASAN "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_TSAN "-O1 -g1 -fno-omit-frame-pointer")
if(GATEHOUSE_SANITIZE)
  # The check of virtual tables opens descriptors of its own and takes it for a fault when there are none left, which is
  # what the listeners' tests are about.
  add_compile_options(-fsanitize=${GATEHOUSE_SANITIZE} -fno-sanitize-recover=all -fno-sanitize=vptr)
  add_link_options(-fsanitize=${GATEHOUSE_SANITIZE})
endif()
if(GATEHOUSE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
