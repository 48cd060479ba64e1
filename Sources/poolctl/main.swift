private import Glibc
private import PoolAPI
private import PoolCommands

exit(Program.run(Array(CommandLine.arguments.dropFirst()), in: .process()).rawValue)
