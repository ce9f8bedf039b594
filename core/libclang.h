/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * libclang, loaded when something is parsed and not before: with LLVM behind it, its dynamic linking takes longer than
 * a whole extraction from a fresh index, or a plan, or 'bpfgraft status'. Sources include this header instead of
 * <clang-c/...>, call bg_libclang_load() once before the first call, and use libclang's functions by their names.
 *
 * To use one more function, add it to both lists.
 */
#ifndef BG_LIBCLANG_H
#define BG_LIBCLANG_H

#include <clang-c/CXCompilationDatabase.h>
#include <clang-c/Index.h>

#include "core/diag.h"

#define BG_LIBCLANG_FUNCTIONS(X) \
	X(clang_CompilationDatabase_dispose) X(clang_CompilationDatabase_fromDirectory) \
	X(clang_CompilationDatabase_getCompileCommands) X(clang_CompileCommand_getArg) \
	X(clang_CompileCommand_getDirectory) X(clang_CompileCommand_getNumArgs) X(clang_CompileCommands_dispose) \
	X(clang_CompileCommands_getCommand) X(clang_CompileCommands_getSize) X(clang_Cursor_Evaluate) \
	X(clang_Cursor_getArgument) X(clang_Cursor_getNumArguments) X(clang_Cursor_getStorageClass) \
	X(clang_Cursor_getVarDeclInitializer) X(clang_Cursor_hasVarDeclGlobalStorage) X(clang_Cursor_isNull) \
	X(clang_Cursor_isVariadic) X(clang_EvalResult_dispose) X(clang_EvalResult_getAsLongLong) \
	X(clang_EvalResult_getKind) X(clang_File_isEqual) X(clang_Location_isInSystemHeader) \
	X(clang_PrintingPolicy_dispose) X(clang_PrintingPolicy_setProperty) X(clang_Type_getSizeOf) \
	X(clang_Type_getAlignOf) \
	X(clang_Type_visitFields) X(clang_createIndex) X(clang_disposeDiagnostic) X(clang_disposeIndex) \
	X(clang_disposeSourceRangeList) X(clang_disposeString) X(clang_disposeTranslationUnit) \
	X(clang_equalCursors) X(clang_getAllSkippedRanges) X(clang_getArgType) X(clang_getArrayElementType) \
	X(clang_getArraySize) X(clang_getCString) X(clang_getCanonicalCursor) X(clang_getCanonicalType) \
	X(clang_getCursorBinaryOperatorKind) X(clang_getCursorDefinition) X(clang_getCursorExtent) \
	X(clang_getCursorKind) X(clang_getCursorLinkage) X(clang_getCursorLocation) \
	X(clang_getCursorPrettyPrinted) X(clang_getCursorPrintingPolicy) X(clang_getCursorReferenced) \
	X(clang_getCursorResultType) X(clang_getCursorSemanticParent) X(clang_getCursorSpelling) \
	X(clang_getCursorType) X(clang_getCursorUSR) X(clang_getCursorUnaryOperatorKind) X(clang_getDiagnostic) \
	X(clang_getDiagnosticLocation) X(clang_getDiagnosticSeverity) X(clang_getDiagnosticSpelling) \
	X(clang_getEnumConstantDeclValue) X(clang_getExpansionLocation) X(clang_getFile) \
	X(clang_getFileContents) X(clang_getFileLocation) X(clang_getFileName) X(clang_getInclusions) \
	X(clang_getNullCursor) X(clang_getNumArgTypes) X(clang_getNumDiagnostics) X(clang_getPointeeType) \
	X(clang_getRangeEnd) X(clang_getRangeStart) X(clang_getSpellingLocation) \
	X(clang_getTranslationUnitCursor) X(clang_getTypeDeclaration) X(clang_getTypeSpelling) \
	X(clang_getUnqualifiedType) X(clang_hashCursor) X(clang_isAttribute) X(clang_isConstQualifiedType) \
	X(clang_isCursorDefinition) X(clang_isExpression) X(clang_parseTranslationUnit2) X(clang_visitChildren)

struct bg_libclang {
#define X(name) __typeof__(name) *name;
	BG_LIBCLANG_FUNCTIONS(X)
#undef X
};
extern struct bg_libclang bg_libclang;

/*
 * Begins to load it beside other work, for who knows that it will be wanted; what goes wrong bg_libclang_load() says.
 */
void bg_libclang_preload(void);
/* Does a part of that on this processor, for who waits for it anyway; as soon as can be after bg_libclang_preload(). */
void bg_libclang_help(void);
/*
 * Waits until nothing is being loaded. To be called before a process ends by exit(): LLVM's destructors would run beside
 * its constructors, and LLVM ends the process for that.
 */
void bg_libclang_settle(void);
/* Whether that is going on, so that who has other work does it before bg_libclang_load() waits. */
bool bg_libclang_is_loading(void);
/*
 * 0, also when it is loaded already; -ENOSYS with BG_ID_TOOL_MISSING when the library or one of the functions is
 * missing.
 */
int bg_libclang_load(struct bg_diags *ds);

#ifndef BG_LIBCLANG_PLAIN               /* libclang.c needs the names themselves */
#define clang_CompilationDatabase_dispose bg_libclang.clang_CompilationDatabase_dispose
#define clang_CompilationDatabase_fromDirectory bg_libclang.clang_CompilationDatabase_fromDirectory
#define clang_CompilationDatabase_getCompileCommands bg_libclang.clang_CompilationDatabase_getCompileCommands
#define clang_CompileCommand_getArg bg_libclang.clang_CompileCommand_getArg
#define clang_CompileCommand_getDirectory bg_libclang.clang_CompileCommand_getDirectory
#define clang_CompileCommand_getNumArgs bg_libclang.clang_CompileCommand_getNumArgs
#define clang_CompileCommands_dispose bg_libclang.clang_CompileCommands_dispose
#define clang_CompileCommands_getCommand bg_libclang.clang_CompileCommands_getCommand
#define clang_CompileCommands_getSize bg_libclang.clang_CompileCommands_getSize
#define clang_Cursor_Evaluate bg_libclang.clang_Cursor_Evaluate
#define clang_Cursor_getArgument bg_libclang.clang_Cursor_getArgument
#define clang_Cursor_getNumArguments bg_libclang.clang_Cursor_getNumArguments
#define clang_Cursor_getStorageClass bg_libclang.clang_Cursor_getStorageClass
#define clang_Cursor_getVarDeclInitializer bg_libclang.clang_Cursor_getVarDeclInitializer
#define clang_Cursor_hasVarDeclGlobalStorage bg_libclang.clang_Cursor_hasVarDeclGlobalStorage
#define clang_Cursor_isNull bg_libclang.clang_Cursor_isNull
#define clang_Cursor_isVariadic bg_libclang.clang_Cursor_isVariadic
#define clang_EvalResult_dispose bg_libclang.clang_EvalResult_dispose
#define clang_EvalResult_getAsLongLong bg_libclang.clang_EvalResult_getAsLongLong
#define clang_EvalResult_getKind bg_libclang.clang_EvalResult_getKind
#define clang_File_isEqual bg_libclang.clang_File_isEqual
#define clang_Location_isInSystemHeader bg_libclang.clang_Location_isInSystemHeader
#define clang_PrintingPolicy_dispose bg_libclang.clang_PrintingPolicy_dispose
#define clang_PrintingPolicy_setProperty bg_libclang.clang_PrintingPolicy_setProperty
#define clang_Type_getSizeOf bg_libclang.clang_Type_getSizeOf
#define clang_Type_getAlignOf bg_libclang.clang_Type_getAlignOf
#define clang_Type_visitFields bg_libclang.clang_Type_visitFields
#define clang_createIndex bg_libclang.clang_createIndex
#define clang_disposeDiagnostic bg_libclang.clang_disposeDiagnostic
#define clang_disposeIndex bg_libclang.clang_disposeIndex
#define clang_disposeSourceRangeList bg_libclang.clang_disposeSourceRangeList
#define clang_disposeString bg_libclang.clang_disposeString
#define clang_disposeTranslationUnit bg_libclang.clang_disposeTranslationUnit
#define clang_equalCursors bg_libclang.clang_equalCursors
#define clang_getAllSkippedRanges bg_libclang.clang_getAllSkippedRanges
#define clang_getArgType bg_libclang.clang_getArgType
#define clang_getArrayElementType bg_libclang.clang_getArrayElementType
#define clang_getArraySize bg_libclang.clang_getArraySize
#define clang_getCString bg_libclang.clang_getCString
#define clang_getCanonicalCursor bg_libclang.clang_getCanonicalCursor
#define clang_getCanonicalType bg_libclang.clang_getCanonicalType
#define clang_getCursorBinaryOperatorKind bg_libclang.clang_getCursorBinaryOperatorKind
#define clang_getCursorDefinition bg_libclang.clang_getCursorDefinition
#define clang_getCursorExtent bg_libclang.clang_getCursorExtent
#define clang_getCursorKind bg_libclang.clang_getCursorKind
#define clang_getCursorLinkage bg_libclang.clang_getCursorLinkage
#define clang_getCursorLocation bg_libclang.clang_getCursorLocation
#define clang_getCursorPrettyPrinted bg_libclang.clang_getCursorPrettyPrinted
#define clang_getCursorPrintingPolicy bg_libclang.clang_getCursorPrintingPolicy
#define clang_getCursorReferenced bg_libclang.clang_getCursorReferenced
#define clang_getCursorResultType bg_libclang.clang_getCursorResultType
#define clang_getCursorSemanticParent bg_libclang.clang_getCursorSemanticParent
#define clang_getCursorSpelling bg_libclang.clang_getCursorSpelling
#define clang_getCursorType bg_libclang.clang_getCursorType
#define clang_getCursorUSR bg_libclang.clang_getCursorUSR
#define clang_getCursorUnaryOperatorKind bg_libclang.clang_getCursorUnaryOperatorKind
#define clang_getDiagnostic bg_libclang.clang_getDiagnostic
#define clang_getDiagnosticLocation bg_libclang.clang_getDiagnosticLocation
#define clang_getDiagnosticSeverity bg_libclang.clang_getDiagnosticSeverity
#define clang_getDiagnosticSpelling bg_libclang.clang_getDiagnosticSpelling
#define clang_getEnumConstantDeclValue bg_libclang.clang_getEnumConstantDeclValue
#define clang_getExpansionLocation bg_libclang.clang_getExpansionLocation
#define clang_getFile bg_libclang.clang_getFile
#define clang_getFileContents bg_libclang.clang_getFileContents
#define clang_getFileLocation bg_libclang.clang_getFileLocation
#define clang_getFileName bg_libclang.clang_getFileName
#define clang_getInclusions bg_libclang.clang_getInclusions
#define clang_getNullCursor bg_libclang.clang_getNullCursor
#define clang_getNumArgTypes bg_libclang.clang_getNumArgTypes
#define clang_getNumDiagnostics bg_libclang.clang_getNumDiagnostics
#define clang_getPointeeType bg_libclang.clang_getPointeeType
#define clang_getRangeEnd bg_libclang.clang_getRangeEnd
#define clang_getRangeStart bg_libclang.clang_getRangeStart
#define clang_getSpellingLocation bg_libclang.clang_getSpellingLocation
#define clang_getTranslationUnitCursor bg_libclang.clang_getTranslationUnitCursor
#define clang_getTypeDeclaration bg_libclang.clang_getTypeDeclaration
#define clang_getTypeSpelling bg_libclang.clang_getTypeSpelling
#define clang_getUnqualifiedType bg_libclang.clang_getUnqualifiedType
#define clang_hashCursor bg_libclang.clang_hashCursor
#define clang_isAttribute bg_libclang.clang_isAttribute
#define clang_isConstQualifiedType bg_libclang.clang_isConstQualifiedType
#define clang_isCursorDefinition bg_libclang.clang_isCursorDefinition
#define clang_isExpression bg_libclang.clang_isExpression
#define clang_parseTranslationUnit2 bg_libclang.clang_parseTranslationUnit2
#define clang_visitChildren bg_libclang.clang_visitChildren
#endif

#endif
