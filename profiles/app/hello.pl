#!/usr/bin/perl
# The smallest HTTP server that keeps connections alive, in what every Debian has: hello.pl /path/to.sock
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;

my $path = shift or die "usage: hello.pl SOCKET\n";
my $name = $ENV{WORKER} // 'perl';
my $body = "Welcome home from $name!\n";
my $answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " . length($body) . "\r\n\r\n$body";

unlink $path;
my $listener = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 128) or die "$path: $!\n";
my $ready = IO::Select->new($listener);
my %received;
# TERM ends it between two requests, never within one.
my $stopping = 0;
$SIG{TERM} = sub { $stopping = 1 };
$SIG{PIPE} = 'IGNORE';

until ($stopping) {
    for my $socket ($ready->can_read(0.2)) {
        if ($socket == $listener) {
            my $client = $listener->accept or next;
            $ready->add($client);
            $received{$client} = '';
            next;
        }
        my $count = sysread($socket, $received{$socket}, 65536, length $received{$socket});
        if (!$count) {
            delete $received{$socket};
            $ready->remove($socket);
            close $socket;
            next;
        }
        # Requests without a body are all that it knows.
        syswrite($socket, $answer) while $received{$socket} =~ s/^.*?\r\n\r\n//s;
    }
}
