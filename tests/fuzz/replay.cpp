#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

namespace {

using Inputs = std::vector<std::string>;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(input.data()), input.size());
}

Inputs read_corpus(const std::filesystem::path& directory) {
  Inputs inputs;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path(), std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

/// A few bytes changed, a piece cut out, or a piece of another input put in.
std::string mutant(const Inputs& corpus, std::mt19937& random) {
  const auto pick = [&](std::size_t size) { return size == 0 ? 0 : random() % size; };
  std::string input = corpus[pick(corpus.size())];
  for (std::size_t changes = 1 + pick(4); changes > 0; --changes) {
    const auto at = pick(input.size() + 1);
    switch (pick(3)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(random());
        break;
      case 1:
        input.erase(at, pick(8));
        break;
      default: {
        const auto& other = corpus[pick(corpus.size())];
        input.insert(at, other.substr(pick(other.size()), pick(32)));
      }
    }
  }
  return input;
}

}  // namespace

/// Runs a fuzz target without a fuzzer: over its corpus and a fixed number of mutants of it, always
/// the same ones. `replay CORPUS MUTANTS`, or `replay FILE` for one input.
int main(int count, char** arguments) {
  if (count == 2) {
    std::ifstream file(arguments[1], std::ios::binary);
    run({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
    return 0;
  }
  if (count != 3) return 2;
  const Inputs corpus = read_corpus(arguments[1]);
  if (corpus.empty()) return 2;
  for (const auto& input : corpus) run(input);
  std::mt19937 random(1);
  const int mutants = std::stoi(arguments[2]);
  for (int i = 0; i < mutants; ++i) run(mutant(corpus, random));
  std::printf("%zu inputs and %d mutants hold\n", corpus.size(), mutants);
  return 0;
}
