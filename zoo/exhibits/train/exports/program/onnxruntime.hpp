// The few functions of ONNX Runtime's C interface that the program calls. They stand in a table at places that never
// change: the interface promises that, so that programs go on running with newer libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

class OnnxRuntime {
 public:
  // library: the path of libonnxruntime.so, .dylib or onnxruntime.dll; model: of the .onnx file.
  OnnxRuntime(const std::string& library, const std::string& model) {
    struct Base {
      void* const* (*get_api)(std::uint32_t version);
      const char* (*get_version)();
    };
    const auto get_base = reinterpret_cast<const Base* (*)()>(symbol(library, "OrtGetApiBase"));
    table_ = get_base()->get_api(kVersion);
    if (!table_) throw std::runtime_error("this ONNX Runtime is older than 1.17");
    check(function<int, const char*, void**>(3)(kWarning, "classify", &environment_));  // CreateEnv
    void* options = nullptr;
    check(function<void**>(10)(&options));  // CreateSessionOptions
#ifdef _WIN32
    const std::wstring path(model.begin(), model.end());
#else
    const std::string& path = model;
#endif
    check(function<void*, const void*, const void*, void**>(7)(environment_, path.c_str(), options, &session_));
    check(function<int, int, void**>(69)(kArenaAllocator, kDefaultMemory, &memory_));  // CreateCpuMemoryInfo
  }

  // One input of bytes, one output of count floats.
  std::vector<float> run(const char* input, const std::vector<std::uint8_t>& data,
                         const std::vector<std::int64_t>& shape, const char* output, std::size_t count) const {
    void* value = nullptr;  // CreateTensorWithDataAsOrtValue
    check(function<const void*, void*, std::size_t, const std::int64_t*, std::size_t, int, void**>(49)(
        memory_, const_cast<std::uint8_t*>(data.data()), data.size(), shape.data(), shape.size(), kUint8, &value));
    void* result = nullptr;  // Run
    const void* values[] = {value};
    check(function<void*, const void*, const char* const*, const void* const*, std::size_t, const char* const*,
                   std::size_t, void**>(9)(session_, nullptr, &input, values, 1, &output, 1, &result));
    float* floats = nullptr;
    check(function<void*, void**>(51)(result, reinterpret_cast<void**>(&floats)));  // GetTensorMutableData
    return {floats, floats + count};
  }

 private:
  static constexpr std::uint32_t kVersion = 17;
  static constexpr int kWarning = 2, kUint8 = 2, kArenaAllocator = 1, kDefaultMemory = 0;

  static void* symbol(const std::string& library, const char* name) {
#ifdef _WIN32
    const HMODULE handle = LoadLibraryA(library.c_str());
    void* const address = handle ? reinterpret_cast<void*>(GetProcAddress(handle, name)) : nullptr;
#else
    void* const handle = dlopen(library.c_str(), RTLD_NOW);
    void* const address = handle ? dlsym(handle, name) : nullptr;
#endif
    if (!address) throw std::runtime_error("there is no ONNX Runtime at " + library);
    return address;
  }

  template <class... Arguments>
  using Function = void* (*)(Arguments...);

  template <class... Arguments>
  Function<Arguments...> function(int place) const {
    return reinterpret_cast<Function<Arguments...>>(table_[place]);
  }

  void check(void* status) const {
    if (!status) return;
    const auto message = reinterpret_cast<const char* (*)(const void*)>(table_[2]);  // GetErrorMessage
    throw std::runtime_error(message(status));
  }

  void* const* table_ = nullptr;
  void *environment_ = nullptr, *session_ = nullptr, *memory_ = nullptr;  // the process ends with them
};
