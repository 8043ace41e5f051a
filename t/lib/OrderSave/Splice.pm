package OrderSave::Splice;

# What the tests of the filter share: a store whose answers are said in the
# request itself, a block to put in, and what a page looks like with it.

use strict;
use warnings;

use Exporter 'import';
use OrderSave::Nginx;

our @EXPORT = qw(OURS splice_test with_ours answer);

use constant OURS => '<div id="ours">[Test Shop]</div>';

# An nginx test without Redis, whose campaign has the block "one".
sub splice_test {
    my $t = OrderSave::Nginx->new(@_);
    mkdir $t->path('templates');
    $t->write('templates/block_one.html.mustache', '<div id="ours">[{{brand.name}}]</div>');
    return $t;
}

# The page with ours before its last </body>.
sub with_ours {
    my ($page) = @_;
    $page =~ s{\A(.*)(?=</body>)}{$1 . OURS}se or die 'no </body>';
    return $page;
}

# A raw answer: body, then headers to add or (=> undef) to leave out.
sub answer {
    my ($body, %h) = @_;
    my $status = delete $h{status} // '200 OK';
    %h = ('Content-Type' => 'text/html', 'Content-Length' => length $body, %h);
    return "HTTP/1.1 $status\r\n"
        . join('', map { defined $h{$_} ? "$_: $h{$_}\r\n" : () } sort keys %h) . "\r\n$body";
}

1;
