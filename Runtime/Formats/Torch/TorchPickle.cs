using System.Collections;
using System.Globalization;
using Razorvine.Pickle;
using Razorvine.Pickle.Objects;

namespace GpuLstm.Runtime.Formats.Torch;

/// <summary>Unpickles what torch.save pickles. No code of a pickle runs: what it names is built by a fixed list of
/// constructors, tensors and dictionaries, or becomes a record of its fields; what needs another is refused by
/// name.</summary>
internal sealed class TorchPickle : Unpickler
{
    internal const string What = "is no PyTorch file that is read";
    private const int MostDimensions = TensorShape.MaxDimensions, MostOnStack = 256; // the stack grows

    static TorchPickle()
    {
        objectConstructors.Clear(); // the library's own build dates and the like, which no model needs
        Add("collections", "OrderedDict", _ => new PythonDictionary());
        Add("torch._utils", "_rebuild_tensor", Rebuild);
        Add("torch._utils", "_rebuild_tensor_v2", Rebuild);
        Add("torch._utils", "_rebuild_tensor_v3", arguments => Rebuild(arguments) with
        {
            Type = arguments.Length > 6 && arguments[6] is TypeName { Type: { } type } ? type
                : throw new PickleException("tensor of a type that is not known"),
        });
        Add("torch._utils", "_rebuild_parameter", arguments => arguments[0]);
        Add("torch._utils", "_rebuild_parameter_with_state", arguments => arguments[0]);
        Add("torch", "Size", arguments => arguments);
        Add("torch", "device", arguments => arguments);
        Add("torch.serialization", "_get_layout", arguments => arguments);
        foreach (string module in new[] { "builtins", "__builtin__" })
            Add(module, "set", arguments => arguments);
        foreach ((string name, TensorType type) in new[]
        {
            ("Float", TensorType.F32), ("Double", TensorType.F64), ("Half", TensorType.F16),
            ("BFloat16", TensorType.BF16), ("Long", TensorType.I64), ("Int", TensorType.I32),
            ("Short", TensorType.I16), ("Char", TensorType.I8), ("Byte", TensorType.U8), ("Bool", TensorType.Bool),
        })
            registerConstructor("torch", $"{name}Storage", new TypeName(type));
        registerConstructor("torch.storage", "UntypedStorage", new TypeName(TensorType.U8));
        foreach ((string name, TensorType type) in new[]
        {
            ("float32", TensorType.F32), ("float64", TensorType.F64), ("float16", TensorType.F16),
            ("bfloat16", TensorType.BF16), ("int64", TensorType.I64), ("int32", TensorType.I32),
            ("int16", TensorType.I16), ("int8", TensorType.I8), ("uint8", TensorType.U8), ("bool", TensorType.Bool),
            ("uint16", TensorType.U16), ("uint32", TensorType.U32), ("uint64", TensorType.U64),
        })
            registerConstructor("torch", name, new TypeName(type));
    }

    /// <summary>The first object of some bytes.</summary>
    /// <param name="bytes">Moved on to what follows it.</param>
    /// <param name="source">For messages.</param>
    /// <exception cref="FileFormatException">It is damaged, or needs a class that is not built.</exception>
    public static object? Load(ref ReadOnlyMemory<byte> bytes, string source)
    {
        int length = PickleScan.Length(bytes.Span);
        if (length < 0)
            throw Refusal.Of(source, What, "its pickle is damaged, or ends early");
        try
        {
            using TorchPickle pickle = new();
            // A copy: the library reads an array from its beginning, wherever the memory begins.
            object? loaded = pickle.loads(bytes[..length].ToArray(), MostOnStack);
            bytes = bytes[length..];
            return loaded;
        }
        catch (Exception e) when (e is not FileFormatException and not OutOfMemoryException) // a damaged one has many
        {
            const string Needs = "unregistered class is being unpickled";
            throw Refusal.Of(source, What, e.Message.Contains(Needs, StringComparison.Ordinal)
                ? $"it wants to build {NameIn(e.Message)}, which is neither a tensor nor a dictionary of such"
                : $"its pickle is damaged ({e.Message.TrimEnd('.')})", e);
        }
    }

    protected override object persistentLoad(object pid) => pid switch
    {
        object[] and ["storage", TypeName { Type: var type }, var key, _, var count, ..] =>
            new StorageName(Convert.ToString(key, CultureInfo.InvariantCulture)!, type, ToLong(count)),
        object[] and ["module", var named, ..] => named, // before the zip form, a class with its source
        _ => throw new PickleException("a storage is described in a way that is not known"),
    };

    private static TorchTensor Rebuild(object[] arguments)
    {
        if (arguments is not [StorageName storage, var offset, var size, var stride, ..])
            throw new PickleException("a tensor is described in a way that is not known");
        (long[] sizes, long[] strides) = (ToLongs(size), ToLongs(stride));
        return sizes.Length == strides.Length ? new(storage, storage.Type, ToLong(offset), sizes, strides)
            : throw new PickleException("a tensor has not as many strides as dimensions");
    }

    private static long[] ToLongs(object value) => value switch
    {
        object[] { Length: <= MostDimensions } items => Array.ConvertAll(items, ToLong),
        IList { Count: <= MostDimensions } items => [.. items.Cast<object>().Select(ToLong)],
        _ => throw new PickleException("a size is no tuple of numbers"),
    };

    private static long ToLong(object value) => value is sbyte or byte or short or ushort or int or uint or long
        ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : throw new PickleException("a size is no number");

    /// <summary>The class in the library's message, <c>(for os.system)</c>.</summary>
    private static string NameIn(string message)
    {
        int start = message.IndexOf("(for ", StringComparison.Ordinal);
        int end = start < 0 ? -1 : message.IndexOf(')', start);
        return end < 0 ? "an object of a class of its own" : message[(start + 5)..end];
    }

    private static void Add(string module, string name, Func<object[], object> build) =>
        registerConstructor(module, name, new Constructor(build));

    private sealed class Constructor(Func<object[], object> build) : IObjectConstructor
    {
        public object construct(object[] args) => build(args);
    }

    /// <summary>A class or type that a pickle names, and never builds.</summary>
    private sealed record TypeName(TensorType Type) : IObjectConstructor
    {
        public object construct(object[] args) => throw new PickleException("a storage is built without its data");
    }
}

/// <summary>Where a tensor's numbers are.</summary>
/// <param name="Count">Numbers of its type.</param>
internal sealed record StorageName(string Key, TensorType Type, long Count);

/// <summary>A tensor as a pickle describes it.</summary>
/// <param name="Offset">Numbers before the first.</param>
internal sealed record TorchTensor(StorageName Storage, TensorType Type, long Offset, long[] Sizes, long[] Strides);

/// <summary>An OrderedDict: a table, as the unpickler fills no other, that remembers the order.</summary>
internal sealed class PythonDictionary : Hashtable
{
    /// <summary>The keys, the last first: so the unpickler takes them off its stack.</summary>
    public List<object> Order { get; } = [];

    public override object? this[object key]
    {
        get => base[key];
        set
        {
            if (!Contains(key))
                Order.Add(key);
            base[key] = value;
        }
    }

    public override void Add(object key, object? value) => this[key] = value;

    /// <summary>Such as the versions of its modules.</summary>
    public Hashtable Attributes { get; private set; } = [];

    /// <summary>What the unpickler hands an object's attributes to.</summary>
    public void __setstate__(Hashtable state) => Attributes = state;
}
