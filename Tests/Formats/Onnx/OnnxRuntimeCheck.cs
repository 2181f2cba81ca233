using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Tensor = GpuLstm.Runtime.Formats.Tensor;

namespace GpuLstm.Tests.Formats.Onnx;

/// <summary>What ONNX Runtime, which checks a file as it loads it, makes of one.</summary>
/// <param name="Output">The graph's only output.</param>
/// <param name="Metadata">Of the file.</param>
/// <param name="Opset">The file's operator set.</param>
internal sealed record OnnxRuntimeCheck(Tensor Output, IReadOnlyDictionary<string, string> Metadata, long Opset)
{
    private const double Tolerance = 1e-5;

    /// <summary>Evaluates a file on an input of any size.</summary>
    public static OnnxRuntimeCheck Run(string file, Tensor input)
    {
        using InferenceSession session = new(file);
        DenseTensor<float> values = new(input.Values, [.. input.Shape.Select(size => (int)size)]);
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor(input.Name, values)]);
        DisposableNamedOnnxValue output = outputs.Single();
        Tensor<float> answer = output.AsTensor<float>();
        return new(new(output.Name, [.. answer.Dimensions.ToArray().Select(size => (long)size)], [.. answer]),
            session.ModelMetadata.CustomMetadataMap,
            ModelProto.Parser.ParseFrom(File.ReadAllBytes(file)).OpsetImport[0].Version);
    }

    /// <summary>Checks the output against what it must be.</summary>
    public OnnxRuntimeCheck Answers(Tensor expected)
    {
        Assert.That((Output.Name, TensorShape.Text(Output.Shape)),
            Is.EqualTo((expected.Name, TensorShape.Text(expected.Shape))));
        Assert.That(Output.Values, Is.EqualTo(expected.Values).Within(Tolerance));
        return this;
    }
}
