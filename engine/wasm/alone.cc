// The engine as WebAssembly has one instruction set, one thread, and no exceptions: what dispatch.cc and threads.cc do
// elsewhere, and what becomes of `throw`.
#include "kernels.h"
#include "threads.h"

namespace elman {

namespace wasm {
template <class T>
const Kernels<T>& table();
}

template <>
const Kernels<float>& kernels<float>() {
  return wasm::table<float>();
}

int threads() { return 1; }

void run_parallel(int count, const std::function<void(int)>& task) {
  for (int i = 0; i < count; ++i) task(i);
}

}  // namespace elman

// What would be thrown ends the call as a RuntimeError of JavaScript. engine.js checks what it is given before that.
extern "C" void* __cxa_allocate_exception(std::size_t) { __builtin_trap(); }
extern "C" void __cxa_throw(void*, void*, void (*)(void*)) { __builtin_trap(); }
