// Classifies a picture with the model beside it. Needs the shared library of ONNX Runtime, and no headers of it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "onnxruntime.hpp"

struct Picture {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> pixels;  // height x width x 3, RGB
};

// A number of a PPM header, after white space and comments.
static std::int64_t header_number(std::istream& file) {
  while (file >> std::ws && file.peek() == '#') {
    std::string comment;
    std::getline(file, comment);
  }
  std::int64_t value = 0;
  if (!(file >> value) || value < 1 || value > 100000) throw std::runtime_error("its header is damaged");
  return value;
}

static Picture read_ppm(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[2] = {};
  if (!file.read(magic, 2) || magic[0] != 'P' || magic[1] != '6') throw std::runtime_error("there is no binary PPM file of that name");
  Picture picture;
  picture.width = header_number(file);
  picture.height = header_number(file);
  if (header_number(file) != 255) throw std::runtime_error("it has more than 8 bits a colour");
  file.get();  // the single white space before the pixels
  if (picture.width * picture.height > 500'000'000) throw std::runtime_error("it is too large");
  picture.pixels.resize(static_cast<std::size_t>(picture.width * picture.height * 3));
  if (!file.read(reinterpret_cast<char*>(picture.pixels.data()), static_cast<std::streamsize>(picture.pixels.size())))
    throw std::runtime_error("it ends too early");
  return picture;
}

static std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) throw std::runtime_error(path + " cannot be read");
  return lines;
}

int main(int count, char** arguments) {
  const bool all = count == 3 && std::string(arguments[1]) == "--all";
  if (count != 2 && !all) {
    std::cerr << "Usage: classify [--all] PICTURE.ppm\n";
    return 2;
  }
  const std::string path = arguments[count - 1];
  try {
    const Picture picture = read_ppm(path);
    const std::vector<std::string> classes = read_lines(MODEL_FOLDER "/classes.txt");
    const char* library = std::getenv("ONNXRUNTIME_LIBRARY");
    const OnnxRuntime runtime(library ? library : ONNXRUNTIME_LIBRARY, MODEL_FOLDER "/model.onnx");
    const std::vector<float> probabilities =
        runtime.run("picture", picture.pixels, {picture.height, picture.width, 3}, "probabilities", classes.size());
    std::vector<std::size_t> order(classes.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return probabilities[a] > probabilities[b]; });
    order.resize(all ? order.size() : std::min<std::size_t>(5, order.size()));
    for (const std::size_t index : order) std::printf("%.9f\t%s\n", probabilities[index], classes[index].c_str());
  } catch (const std::exception& error) {
    std::cerr << path << ": " << error.what() << "\n";
    return 1;
  }
}
