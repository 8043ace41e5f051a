# What the buyer answers to a problem reaches the support, whose reply reaches
# the buyer, and a private note of the store's order, once.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {track => {
    packaging => [{id => 'gift', title => {en => 'Gift wrap'}}]}});
$t->start;
my $o = $t->buy(customer => 'ada', billing => {email => 'ada@shop.test'});
my $id = $o->{order}{id};

sub notes {
    my (undef, $notes) = $t->{demo}->api('GET', "/orders/$id/notes");
    return @$notes;
}

$t->tell($o, kind => 'packaging', choice => 'gift');
ok $t->wait_for('the note', sub { notes() == 1 }), 'a choice of packaging';
is +(notes())[0]{note}, 'The customer chose this packaging: Gift wrap',
    'is a note of the order';
ok !(notes())[0]{customer_note}, 'a private one';

$t->tell($o, kind => 'answer', what => 'address', parcel => '1Z9',
         comment => 'Bell is broken');
my ($mail) = $t->mails(1, to => 'help@shop.test', subject => 'answers');
like $mail->{subject}, qr/delivery of order $o->{order}{number}/,
    'an answer is a mail to the support';
like $mail->{text}, qr/My address is correct/, 'in the words of the page';
like $mail->{text}, qr/Bell is broken/, 'and the buyer\'s own';
is $mail->{reply_to}, 'ada@shop.test', 'a reply goes to him';

ok $t->wait_for('the second note', sub { notes() == 2 }), 'and a note';
like +(notes())[0]{note}, qr/deliver it again \(Parcel 1Z9\): Bell is broken$/,
    'with all of it';
is $t->track($o)->{answer}{what}, 'address', 'the order remembers it';

$t->settled;
is scalar notes(), 2, 'once each';
is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
