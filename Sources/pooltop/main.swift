private import Glibc
private import PoolDashboard

exit(Program.run(arguments: Array(CommandLine.arguments.dropFirst())))
