#include <gluino/onnx/translation/translations.h>

// What ONNX has and a network here cannot have, and why.
namespace gluino::onnx {
namespace {

const bool registered = translate([](Translations& t) {
  t.lacks("values here are arrays, not sequences of them",
          {"SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert",
           "SequenceLength", "SequenceMap", "SplitToSequence", "ConcatFromSequence"});
  t.lacks("values here are always there, not optional",
          {"Optional", "OptionalGetElement", "OptionalHasElement"});
  t.lacks("arrays here hold no strings",
          {"StringConcat", "StringNormalizer", "StringSplit", "RegexFullMatch"});
  t.lacks("no operator counts groups of words", {"TfIdfVectorizer"});
  t.lacks("it draws numbers, and others than elsewhere",
          {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform",
           "RandomUniformLike"});
  t.lacks("no operator takes a number's bits for another type's", {"BitCast"});
  t.lacks("pictures in the form of files are read before the network", {"ImageDecoder"});
  t.lacks("no operator has its recurrence", {"LinearAttention"});
});

}  // namespace
}  // namespace gluino::onnx
