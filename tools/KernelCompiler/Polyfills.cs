namespace System.Runtime.CompilerServices;

/// <summary>What the C# compiler asks of a target that has init-only setters; netstandard2.0 lacks it.</summary>
internal static class IsExternalInit;
