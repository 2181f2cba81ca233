using GpuLstm.Runtime.Accelerators;
using ILGPU;

namespace GpuLstm.Runtime.Layers;

/// <summary>y = x W^T + b for every row (torch.nn.Linear): per time step when the rows are [T*B], on the last step when
/// they are [B].</summary>
public sealed class Linear(Operations operations, ParameterSet parameters, string name, int inputs, int outputs)
{
    private readonly ArrayView<float> _weight = parameters.Value($"{name}.weight"),
        _bias = parameters.Value($"{name}.bias");
    private readonly ArrayView<float> _dWeight = parameters.GradientOrAbsent($"{name}.weight"),
        _dBias = parameters.GradientOrAbsent($"{name}.bias");

    /// <summary>What the layer adds to a network's parameters.</summary>
    public static IEnumerable<ParameterSpec> Specs(string name, int inputs, int outputs) =>
        [new($"{name}.weight", outputs, inputs), new($"{name}.bias", outputs)];

    /// <summary>Overwrites y [rows, outputs].</summary>
    public void Forward(int rows, ArrayView<float> x, ArrayView<float> y) => operations.MatMul(new()
    {
        M = rows, N = outputs, K = inputs,
        A = new(x, inputs), B = new(_weight, inputs, Transposed: true), C = new(y, outputs),
        Bias = _bias,
    });

    /// <summary>Overwrites the parameters' gradients and, where given, dx [rows, inputs].</summary>
    public void Backward(int rows, ArrayView<float> x, ArrayView<float> dy, ArrayView<float> dx)
    {
        operations.MatMul(new()
        {
            M = outputs, N = inputs, K = rows,
            A = new(dy, outputs, Transposed: true), B = new(x, inputs), C = new(_dWeight, inputs),
        });
        operations.SumRows(dy, rows, outputs, _dBias);
        if (dx.IsValid)
            operations.MatMul(new()
            {
                M = rows, N = inputs, K = outputs,
                A = new(dy, outputs), B = new(_weight, inputs), C = new(dx, inputs),
            });
    }
}
