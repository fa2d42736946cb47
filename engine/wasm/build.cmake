# engine.wasm, beside the extension. The compiler is another one than that of the extension, so these are commands of
# their own: an object for each source, which is compiled again when something that it includes has changed.
execute_process(COMMAND ${Python_EXECUTABLE} -m ziglang version RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
if(missing)
  message(FATAL_ERROR "The engine for pages (engine.wasm) is compiled by the Python package ziglang; ${Python_EXECUTABLE} "
                      "found none.\nhint: pip install ziglang; or build without pages: -C cmake.define.ELMAN_WASM=OFF")
endif()

set(wasm_compiler ${Python_EXECUTABLE} -m ziglang c++ --target=wasm32-wasi -msimd128)
set(wasm_options -std=c++20 -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math
                 -DELMAN_ISA=wasm -DELMAN_VECTOR_BYTES=16 -DELMAN_SINGLE -iquote ${CMAKE_CURRENT_SOURCE_DIR}/engine
                 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(ELMAN_STRICT)
  list(APPEND wasm_options -Werror)
endif()

set(wasm_objects "")
foreach(source architecture.cc interrupt.cc kernels.cc wasm/alone.cc wasm/exports.cc)
  get_filename_component(name ${source} NAME_WE)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/wasm/${name}.o)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${wasm_compiler} ${wasm_options} -MD -MF ${object}.d
            -c ${CMAKE_CURRENT_SOURCE_DIR}/engine/${source} -o ${object}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/engine/${source}
    DEPFILE ${object}.d
    COMMENT "Compiling ${source} to WebAssembly"
    VERBATIM)
  list(APPEND wasm_objects ${object})
endforeach()
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/wasm)

set(wasm_file ${CMAKE_CURRENT_BINARY_DIR}/engine.wasm)
add_custom_command(
  OUTPUT ${wasm_file}
  COMMAND ${wasm_compiler} -Os -mexec-model=reactor -s ${wasm_objects} -o ${wasm_file}
  DEPENDS ${wasm_objects}
  COMMENT "Linking engine.wasm"
  VERBATIM)
add_custom_target(engine_wasm ALL DEPENDS ${wasm_file})
install(FILES ${wasm_file} DESTINATION elman)
