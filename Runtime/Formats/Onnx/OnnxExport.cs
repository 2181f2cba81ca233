using System.Reflection;
using Google.Protobuf;
using GpuLstm.Runtime.Formats.Models;
using static GpuLstm.Runtime.Formats.Onnx.OnnxGraphBuilder;

namespace GpuLstm.Runtime.Formats.Onnx;

/// <summary>Writes networks as ONNX files (https://onnx.ai/onnx/intro/concepts.html; IR version 8).</summary>
public static class OnnxExport
{
    private const int IrVersion = 8;
    private const long MaxBytes = int.MaxValue; // protobuf's limit of a message

    /// <summary>Writes a file.</summary>
    /// <exception cref="UsageException">The operator set is not 14 to 17.</exception>
    /// <exception cref="GpuLstmException">The network has projections, or exceeds 2 GiB, or the file cannot be
    /// written.</exception>
    public static void Write(string path, OnnxModelDescription description, bool overwrite = true)
    {
        ModelProto model = Build(description);
        AtomicFile.Write(path, stream => model.WriteTo(stream), overwrite);
    }

    /// <inheritdoc cref="Write(string, OnnxModelDescription, bool)"/>
    public static void Write(Stream stream, OnnxModelDescription description) => Build(description).WriteTo(stream);

    internal static ModelProto Build(OnnxModelDescription description)
    {
        if (description.Opset is < 14 or > 17)
            throw new UsageException($"The ONNX operator set {description.Opset} is not supported; 14 to 17 are.");
        if (description.Model.ToTensors().Sum(t => t.Values.LongLength) > MaxBytes / sizeof(float) - (1 << 20))
            throw new GpuLstmException("The network exceeds the 2 GiB that an ONNX file can hold.");
        ModelProto model = new()
        {
            IrVersion = IrVersion,
            ProducerName = "gpulstm",
            ProducerVersion = typeof(OnnxExport).Assembly.GetName().Version!.ToString(3),
            Graph = BuildGraph(description),
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = description.Opset });
        foreach ((string key, string value) in description.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private static GraphProto BuildGraph(OnnxModelDescription description)
    {
        LstmModel model = description.Model;
        OnnxGraphBuilder graph = new(description.GraphName);
        graph.Graph.Input.Add(Value(description.InputName, description.InputDescription,
            ("batch", null), ("time", description.TimeSteps), ("", model.InputSize)));
        graph.Graph.Output.Add(description.EveryStep
            ? Value(description.OutputName, "", ("batch", null), ("time", description.TimeSteps), ("", model.Classes))
            : Value(description.OutputName, "", ("batch", null), ("", model.Classes)));

        string x = description.InputName; // [N, T, I]
        if (model.Pre is { } pre)
            x = AddLinear(graph, "pre", pre, x);
        x = graph.Node("Transpose", [x], ["time_major"], Attribute("perm", [1, 0, 2])); // [T, N, I]
        for (int l = 0; l < model.Layers.Count; l++)
        {
            (string y, string final) = OnnxLstm.Add(graph, $"lstm.{l}", model.Layers[l], x, description.GateSlope);
            x = l < model.Layers.Count - 1 || description.EveryStep
                ? AddSequence(graph, $"lstm.{l}", model.Layers[l], y)
                : AddLast(graph, $"lstm.{l}", model.Layers[l], y, final, description.FinalStates);
        }
        string logits = description.Softmax ? "logits" : description.OutputName;
        if (description.EveryStep)
            graph.Node("Transpose", [AddLinear(graph, "fc", model.Fc, x)], [logits], Attribute("perm", [1, 0, 2]));
        else
        {
            string weight = graph.Constant("fc.weight", model.Fc.Weight.Shape, model.Fc.Weight.Values);
            string bias = graph.Constant("fc.bias", model.Fc.Bias.Shape, model.Fc.Bias.Values);
            graph.Node("Gemm", [x, weight, bias], [logits], Attribute("transB", 1));
        }
        if (description.Softmax)
            graph.Node("Softmax", [logits], [description.OutputName], Attribute("axis", -1));
        return graph.Graph;
    }

    /// <summary>A Linear on each step.</summary>
    private static string AddLinear(OnnxGraphBuilder graph, string name, LinearWeights linear, string x)
    {
        Tensor transposed = linear.Weight.Transpose($"{name}.weight_transposed"); // MatMul cannot transpose
        string weight = graph.Constant(transposed.Name, transposed.Shape, transposed.Values);
        string product = graph.Node("MatMul", [x, weight], [$"{name}.product"]);
        string bias = graph.Constant($"{name}.bias", linear.Bias.Shape, linear.Bias.Values);
        return graph.Node("Add", [product, bias], [$"{name}.output"]);
    }

    /// <summary>All outputs [T, D, N, H] to the next layer's input [T, N, D H].</summary>
    private static string AddSequence(OnnxGraphBuilder graph, string name, LstmLayer layer, string y)
    {
        if (layer.Reverse is null)
            return graph.Node("Squeeze", [y, graph.Integers($"{name}.axes", false, 1)], [$"{name}.sequence"]);
        string steps = graph.Node("Transpose", [y], [$"{name}.by_step"], Attribute("perm", [0, 2, 1, 3]));
        string shape = graph.Integers($"{name}.shape", false, 0, 0, -1);
        return graph.Node("Reshape", [steps, shape], [$"{name}.sequence"]);
    }

    /// <summary>What the last Linear reads, [N, D H].</summary>
    private static string AddLast(
        OnnxGraphBuilder graph, string name, LstmLayer layer, string y, string final, bool finalStates)
    {
        if (layer.Reverse is null)
            return graph.Node("Squeeze", [final, graph.Integers($"{name}.axes", false, 0)], [$"{name}.last"]);
        if (!finalStates)
            final = graph.Node("Gather", [y, graph.Integers($"{name}.last_step", true, -1)], [$"{name}.at_last_step"],
                Attribute("axis", 0)); // [D, N, H]
        string samples = graph.Node("Transpose", [final], [$"{name}.by_sample"], Attribute("perm", [1, 0, 2]));
        string shape = graph.Integers($"{name}.shape", false, 0, -1);
        return graph.Node("Reshape", [samples, shape], [$"{name}.last"]);
    }
}
